//! HILL (Li, Wang, Huang, Li: "A New Cost Function for Spatial Image Steganography", ICIP 2014): a high-pass filter finds
//! what neighbours do not predict, its mean over 3 x 3 is what hides a change, and the mean of the reciprocals over
//! 15 x 15 spreads cost from smooth places to their surroundings.

/// The cost of changing each value by one. Pictures are continued beyond their borders as in a mirror.
pub(crate) fn costs(plane: &[u16], width: usize, height: usize) -> Vec<f32> {
    let mut costs = vec![0.0; plane.len()];
    if plane.is_empty() {
        return costs;
    }
    let residuals = residuals(plane, width, height);
    let smooth = smoothness(&residuals, width, height);
    drop(residuals);
    mean(&smooth, &mut costs, width, height);
    costs
}

/// The high-pass filter's answer, without its sign.
fn residuals(plane: &[u16], width: usize, height: usize) -> Vec<f32> {
    let mut residuals = vec![0.0; plane.len()];
    let mut column_sums = vec![0.0_f32; width];
    for (y, row) in residuals.chunks_exact_mut(width).enumerate() {
        let line = |offset: isize| {
            let first = mirror(y, offset, height) * width;
            &plane[first..first + width]
        };
        let (above, middle, below) = (line(-1), line(0), line(1));
        // The filter is the product of [-1 2 -1] down and, with the other sign, across.
        for (x, sum) in column_sums.iter_mut().enumerate() {
            *sum = 2.0 * f32::from(middle[x]) - f32::from(above[x]) - f32::from(below[x]);
        }
        for (x, residual) in row.iter_mut().enumerate() {
            let left = column_sums[mirror(x, -1, width)];
            let right = column_sums[mirror(x, 1, width)];
            *residual = ((2.0 * column_sums[x] - left - right) / 4.0).abs();
        }
    }
    residuals
}

/// The reciprocal of the residuals' mean over 3 x 3.
fn smoothness(residuals: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut smooth = vec![0.0; residuals.len()];
    window_sums::<1>(residuals, &mut smooth, width, height);
    for value in &mut smooth {
        *value = 1.0 / (*value / 9.0).max(f32::EPSILON);
    }
    smooth
}

/// The mean over 15 x 15.
fn mean(smooth: &[f32], costs: &mut [f32], width: usize, height: usize) {
    window_sums::<7>(smooth, costs, width, height);
    for cost in costs {
        *cost /= 225.0;
    }
}

/// The sum over a square window that reaches `REACH` in each direction: down the columns first, then across. Running
/// sums would be faster, and wrong beside values a million times larger.
fn window_sums<const REACH: usize>(from: &[f32], to: &mut [f32], width: usize, height: usize) {
    let reach = REACH.cast_signed();
    let mut padded = vec![0.0_f32; width + 2 * REACH];
    for (y, row) in to.chunks_exact_mut(width).enumerate() {
        padded.fill(0.0);
        for offset in -reach..=reach {
            let first = mirror(y, offset, height) * width;
            for (sum, value) in padded[REACH..].iter_mut().zip(&from[first..first + width]) {
                *sum += value;
            }
        }
        for step in 1..=REACH {
            padded[REACH - step] = padded[REACH + mirror(0, -step.cast_signed(), width)];
            padded[REACH + width - 1 + step] = padded[REACH + mirror(width - 1, step.cast_signed(), width)];
        }
        row.copy_from_slice(&padded[..width]);
        for shift in 1..=2 * REACH {
            for (sum, value) in row.iter_mut().zip(&padded[shift..]) {
                *sum += value;
            }
        }
    }
}

/// The place at an offset, mirrored at the borders so that the outermost value is repeated; borders of tiny pictures
/// are mirrored again and again.
fn mirror(place: usize, offset: isize, length: usize) -> usize {
    let length = length.cast_signed();
    let place = (place.cast_signed() + offset).rem_euclid(2 * length);
    (if place < length { place } else { 2 * length - 1 - place }).cast_unsigned()
}

#[cfg(test)]
mod tests;

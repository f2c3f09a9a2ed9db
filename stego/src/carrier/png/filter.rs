//! The five row filters of PNG.

/// Takes a filter off a row, in place; `false` where there is no such filter.
pub(super) fn remove(kind: u8, row: &mut [u8], above: &[u8], back: usize) -> bool {
    match kind {
        0 => {}
        1 => {
            for x in back..row.len() {
                row[x] = row[x].wrapping_add(row[x - back]);
            }
        }
        2 => {
            for (value, up) in row.iter_mut().zip(above) {
                *value = value.wrapping_add(*up);
            }
        }
        3 | 4 => {
            let predict = if kind == 3 { average } else { paeth };
            for x in 0..row.len() {
                let (left, corner) = if back <= x { (row[x - back], above[x - back]) } else { (0, 0) };
                row[x] = row[x].wrapping_add(predict(left, above[x], corner));
            }
        }
        _ => return false,
    }
    true
}

/// Appends a row with a filter put on.
pub(super) fn add(kind: u8, row: &[u8], above: &[u8], back: usize, filtered: &mut Vec<u8>) {
    let predict: fn(u8, u8, u8) -> u8 = match kind {
        1 => |left, _, _| left,
        2 => |_, up, _| up,
        3 => average,
        4 => paeth,
        _ => |_, _, _| 0,
    };
    filtered.extend(row.iter().enumerate().map(|(x, value)| {
        let (left, corner) = if back <= x { (row[x - back], above[x - back]) } else { (0, 0) };
        value.wrapping_sub(predict(left, above[x], corner))
    }));
}

/// The filter whose result is smallest, each byte taken as signed: what most encoders do.
pub(super) fn choose(row: &[u8], above: &[u8], back: usize) -> u8 {
    let weight = |kind: &u8| -> u64 {
        let mut filtered = Vec::with_capacity(row.len());
        add(*kind, row, above, back, &mut filtered);
        filtered.iter().map(|byte| u64::from(byte.cast_signed().unsigned_abs())).sum()
    };
    (0..5).min_by_key(weight).unwrap_or(0)
}

fn average(left: u8, up: u8, _corner: u8) -> u8 {
    u8::midpoint(left, up)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let [to_left, to_up, to_corner] = [left, up, corner].map(|value| estimate.abs_diff(i16::from(value)));
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

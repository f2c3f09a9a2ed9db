//! The thread that decodes: one, so that pictures never take more than one core and the memory of one.

use std::collections::VecDeque;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::SystemTime;

use image::imageops::FilterType;
use image::{DynamicImage, Rgba, RgbaImage};
use ratatui::layout::Size;
use ratatui_image::Resize;
use tokio::sync::mpsc;

use super::cells::Cells;
use super::decode::{decode, fitted};
use super::probe::Means;
use super::{Drawing, Wanted};

/// What came of it.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) wanted: Wanted,
    pub(super) drawing: Result<Drawing, String>,
}

/// The way to the thread. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Worker {
    wants: SyncSender<Wanted>,
}

impl Worker {
    /// Starts the thread; nothing when the system gives none.
    pub(super) fn start(means: Means, tell: mpsc::Sender<Made>) -> Option<Self> {
        let (wants, queue) = sync_channel(2);
        let work = move || work(&means, &queue, &tell);
        thread::Builder::new().name(THREAD.to_owned()).spawn(work).ok()?;
        Some(Self { wants })
    }

    /// Asks for a picture. Returns whether there was room for the question.
    pub(super) fn ask(&self, wanted: Wanted) -> bool {
        self.wants.try_send(wanted).is_ok()
    }
}

fn work(means: &Means, queue: &Receiver<Wanted>, tell: &mpsc::Sender<Made>) {
    let mut store = Store::default();
    while let Ok(wanted) = queue.recv() {
        // A decoder that a stranger's picture makes panic must not take the next picture with it.
        let drawing = catch_unwind(AssertUnwindSafe(|| drawing(means, &mut store, &wanted)));
        let drawing = drawing.unwrap_or_else(|_| Err("The picture cannot be decoded.".to_owned()));
        if tell.blocking_send(Made { wanted, drawing }).is_err() {
            return;
        }
    }
}

fn drawing(means: &Means, store: &mut Store, wanted: &Wanted) -> Result<Drawing, String> {
    let picture = store.picture(&wanted.path)?;
    let size = (picture.width(), picture.height());
    let room = |wide: u16, high: u16| {
        (u32::from(wanted.width) * u32::from(wide), u32::from(wanted.height) * u32::from(high))
    };
    match means {
        Means::Off => Err("Pictures are switched off.".to_owned()),
        Means::Cells(colours) => {
            let (width, height) = fitted(size, room(1, 2));
            let small = picture.resize_exact(width, height, FilterType::Triangle);
            Ok(Drawing::Cells(Cells::of(&opaque(&small.to_rgba8()), *colours)))
        }
        Means::Protocol(picker) => {
            let font = picker.font_size();
            let (width, height) = fitted(size, room(font.width, font.height));
            let cells = |points: u32, font: u16, most: u16| {
                u16::try_from(points.div_ceil(u32::from(font.max(1)))).unwrap_or(most).clamp(1, most)
            };
            let size = Size {
                width: cells(width, font.width, wanted.width),
                height: cells(height, font.height, wanted.height),
            };
            let small = picture.resize_exact(width, height, FilterType::Triangle);
            let protocol = picker.new_protocol(small, size, Resize::Fit(None));
            let protocol =
                protocol.map_err(|_| "The picture cannot be made for this terminal.".to_owned())?;
            Ok(Drawing::Protocol(Box::new(protocol)))
        }
    }
}

/// A file, and when it was last changed.
type Source = (PathBuf, Option<SystemTime>);

/// The last decoded pictures, for other sizes of them.
#[derive(Default)]
struct Store {
    pictures: VecDeque<(Source, DynamicImage)>,
}

impl Store {
    fn picture(&mut self, path: &Path) -> Result<&DynamicImage, String> {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let source = (path.to_owned(), modified);
        match self.pictures.iter().position(|(known, _)| *known == source) {
            Some(at) => {
                let found = self.pictures.remove(at);
                self.pictures.extend(found);
            }
            None => {
                let picture = decode(path)?;
                self.pictures.push_back((source, picture));
                if KEPT < self.pictures.len() {
                    self.pictures.pop_front();
                }
            }
        }
        self.pictures.back().map(|(_, picture)| picture).ok_or_else(|| "The picture is gone.".to_owned())
    }
}

/// Puts what can be seen through on grey: it shows on dark and on light terminals.
fn opaque(picture: &RgbaImage) -> image::RgbImage {
    image::RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = *picture.get_pixel(x, y);
        let mix = |value: u8| {
            let mixed = u32::from(value) * u32::from(alpha) + GREY * (255 - u32::from(alpha));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([mix(red), mix(green), mix(blue)])
    })
}

/// The thread's name. A panic there is caught, and no reason to give the terminal back.
pub(crate) const THREAD: &str = "pictures";
const KEPT: usize = 3;
const GREY: u32 = 128;

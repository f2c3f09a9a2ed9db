use std::fs;
use std::time::Duration;

use image::{Rgb, RgbImage};
use ratatui::style::Color;
use tempfile::TempDir;
use tokio::time::timeout;

use super::cells::Colours;
use super::*;
use crate::cli::tui::files::parts::testing::{SIZES, text_of, theme};

#[tokio::test]
async fn a_picture_is_decoded_elsewhere_and_then_drawn_in_the_middle() {
    let (folder, mut pictures) = (folder(), Pictures::by(Means::Cells(Colours::Million)));
    let path = folder.path().join("red.png");
    let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 10));
    pictures.draw(&path, buffer.area, &mut buffer, &theme());
    assert!(text_of(&buffer).contains("Decoding the picture"));
    ready(&mut pictures).await;
    buffer.reset();
    pictures.draw(&path, buffer.area, &mut buffer, &theme());
    // 8 x 8 points are 8 x 4 cells.
    assert_eq!(text_of(&buffer).lines().filter(|line| line.trim() == "▀▀▀▀▀▀▀▀").count(), 4);
    assert_eq!(buffer[(11, 3)].fg, Color::Rgb(255, 0, 0));
}

#[tokio::test]
async fn what_cannot_be_decoded_is_told() {
    let (folder, mut pictures) = (folder(), Pictures::by(Means::Cells(Colours::Shades)));
    let path = folder.path().join("broken.png");
    fs::write(&path, b"\x89PNG\r\n\x1a\nbroken").unwrap();
    let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 3));
    pictures.draw(&path, buffer.area, &mut buffer, &theme());
    ready(&mut pictures).await;
    buffer.reset();
    pictures.draw(&path, buffer.area, &mut buffer, &theme());
    assert!(text_of(&buffer).contains("The picture is damaged and cannot be shown."));
}

#[tokio::test]
async fn every_size_is_drawn_within_its_area_and_few_are_kept() {
    let (folder, mut pictures) = (folder(), Pictures::by(Means::Cells(Colours::Numbered)));
    let path = folder.path().join("red.png");
    for width in 1..40 {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 50, 20));
        let area = Rect::new(5, 5, width, 7);
        pictures.draw(&path, area, &mut buffer, &theme());
        ready(&mut pictures).await;
        buffer.reset();
        pictures.draw(&path, area, &mut buffer, &theme());
        let drawn = buffer.content.iter().enumerate().filter(|(_, cell)| cell.symbol() == "▀");
        assert!(drawn.into_iter().all(|(at, _)| area.contains(buffer.pos_of(at).into())), "{width}");
        assert!(!pictures.end_frame() && pictures.known.len() <= KEPT);
    }
    for (width, height) in SIZES {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        pictures.draw(&path, Rect::new(0, 0, 500, 500), &mut buffer, &theme());
    }
}

#[tokio::test]
async fn a_picture_that_goes_away_asks_for_a_clean_screen_where_traces_would_stay() {
    for (protocol, leaves_traces) in
        [(ProtocolType::Sixel, true), (ProtocolType::Iterm2, true), (ProtocolType::Kitty, false)]
    {
        let mut picker = ratatui_image::picker::Picker::halfblocks();
        picker.set_protocol_type(protocol);
        let (folder, mut pictures) = (folder(), Pictures::by(Means::Protocol(Box::new(picker))));
        let path = folder.path().join("red.png");
        let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 10));
        pictures.draw(&path, buffer.area, &mut buffer, &theme());
        assert!(!pictures.end_frame());
        ready(&mut pictures).await;
        for _ in 0..2 {
            pictures.draw(&path, buffer.area, &mut buffer, &theme());
            assert!(!pictures.end_frame(), "{protocol:?}");
        }
        assert_eq!(pictures.end_frame(), leaves_traces, "{protocol:?}");
        assert!(!pictures.end_frame());
        assert_eq!(pictures.goodbye().is_empty(), leaves_traces);
    }
}

#[test]
fn pictures_that_are_off_say_so() {
    let mut pictures = Pictures::by(Means::Off);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 2));
    pictures.draw(Path::new("tea.png"), buffer.area, &mut buffer, &theme());
    assert!(text_of(&buffer).contains("switched off"));
    assert!(pictures.worker.is_none());
}

async fn ready(pictures: &mut Pictures) {
    timeout(Duration::from_secs(30), pictures.next()).await.expect("the picture is decoded");
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    RgbImage::from_pixel(8, 8, Rgb([255, 0, 0])).save(folder.path().join("red.png")).unwrap();
    folder
}

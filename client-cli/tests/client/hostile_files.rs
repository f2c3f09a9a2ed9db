//! Files from people and servers that mean harm: wrong bytes, wrong cards, names that want out of the folder.

use std::fs;

use proto::bytes::Secret32;
use proto::ids::{BlobId, ContentHash, FileSize};
use proto::message::{FileCard, FileLock};
use proto::text::Text;

use crate::support::mini::MiniServer;
use crate::support::mini::files::Faults;
use crate::support::program::{Machine, Ran};

#[test]
fn a_name_that_wants_out_of_the_folder_stays_in_it() {
    let (server, machine) = sent(70_000);
    for (name, kept) in [
        ("../../usr/.profile", "profile"),
        ("/etc/passwd", "passwd"),
        ("..", "file"),
        (".ssh/authorized_keys", "authorized_keys"),
        ("\u{202e}gnp.exe\u{1b}]0;x\u{7}", "gnp.exe]0;x"),
        ("-rf", "_-rf"),
    ] {
        server.change_card("lobby", |card| facts(card, |_, text, _| *text = Text::cut(name)));
        let got = fetch(&machine);
        assert_eq!(got.code, 0, "{name:?}: {got:?}");
        assert!(machine.path("in").join(kept).is_file(), "{name:?}: {got:?}");
        assert!(got.err.chars().chain(got.out.chars()).all(|c| c == '\n' || !c.is_control()), "{got:?}");
        fs::remove_file(machine.path("in").join(kept)).unwrap();
        assert_eq!(fs::read_dir(machine.path("in")).unwrap().count(), 0, "{name:?}");
    }
}

#[test]
fn a_card_that_lies_is_told_and_leaves_nothing_behind() {
    let (server, machine) = sent(70_000);
    let mut good = None;
    server.change_card("lobby", |card| good = Some(card.clone()));
    let good = good.unwrap();
    let lies: [(&str, Lie); 6] = [
        ("another content", |card| facts(card, |_, _, hash| *hash = ContentHash([7; 32]))),
        ("another key", |card| facts(card, |key, _, _| *key = Secret32::new([7; 32]))),
        ("longer", |card| card.sealed_size = FileSize::new(card.sealed_size.get() + 65_552).unwrap()),
        ("shorter", |card| card.sealed_size = FileSize::new(card.sealed_size.get() - 1).unwrap()),
        ("too small for any file", |card| card.sealed_size = FileSize::new(3).unwrap()),
        ("a terabyte", |card| card.sealed_size = FileSize::new(1 << 40).unwrap()),
    ];
    for (what, lie) in lies {
        server.change_card("lobby", |card| {
            *card = good.clone();
            lie(card);
        });
        let got = fetch(&machine);
        assert_eq!(got.code, 2, "{what}: {got:?}");
        assert_eq!(fs::read_dir(machine.path("in")).unwrap().count(), 0, "{what}");
        // Showing such a message does no harm either.
        assert_eq!(machine.run(&["history"]).code, 0, "{what}");
    }
    server.change_card("lobby", |card| {
        *card = good.clone();
        card.blob = BlobId([7; 32]);
    });
    assert_eq!(fetch(&machine).code, 4, "the server has no such file");
}

#[test]
fn bytes_that_were_changed_on_the_way_are_not_kept() {
    let (server, machine) = sent(70_000);
    server.break_files(Faults { flips: true, ..Faults::default() });
    let got = fetch(&machine);
    assert_eq!(got.code, 2, "{got:?}");
    assert!(got.err.contains("not the file that was sent"), "{}", got.err);
    assert_eq!(fs::read_dir(machine.path("in")).unwrap().count(), 0);
}

#[test]
fn what_somebody_did_to_an_unfinished_file_is_noticed_and_the_whole_is_fetched() {
    let (server, machine) = sent(300_000);
    let mut blob = None;
    server.change_card("lobby", |card| blob = Some(card.blob));
    let part = machine.path("in").join(format!("big.bin.{}.part", &blob.unwrap().to_string()[..8]));
    fs::write(&part, vec![7; 200_000]).unwrap();
    let got = fetch(&machine);
    assert_eq!(got.code, 0, "{got:?}");
    assert_eq!(fs::read(machine.path("in/big.bin")).unwrap(), vec![9; 300_000]);
    assert!(!part.exists());
}

#[test]
fn a_link_in_the_place_of_an_unfinished_file_is_not_followed() {
    let (server, machine) = sent(1_000);
    let mut blob = None;
    server.change_card("lobby", |card| blob = Some(card.blob));
    let part = machine.path("in").join(format!("big.bin.{}.part", &blob.unwrap().to_string()[..8]));
    fs::write(machine.path("precious"), "precious").unwrap();
    std::os::unix::fs::symlink(machine.path("precious"), &part).unwrap();
    assert_eq!(fetch(&machine).code, 1);
    assert_eq!(fs::read_to_string(machine.path("precious")).unwrap(), "precious");
}

/// Makes a card say something that is not so.
type Lie = fn(&mut FileCard);

/// A server with one file of this size in the lobby, and the machine that sent it.
fn sent(size: usize) -> (MiniServer, Machine) {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::create_dir(machine.path("in")).unwrap();
    fs::write(machine.path("big.bin"), vec![9; size]).unwrap();
    let ran = machine.run(&["upload", "big.bin"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    (server, machine)
}

fn fetch(machine: &Machine) -> Ran {
    machine.run(&["download", "lobby", "1", "--out", "in"])
}

fn facts(
    card: &mut FileCard,
    change: impl FnOnce(&mut Secret32, &mut Text<{ proto::limits::FILE_NAME }>, &mut ContentHash),
) {
    let FileLock::Key { key, facts } = &mut card.lock else { panic!("it is not locked") };
    change(key, &mut facts.name, &mut facts.plain_sha256);
}

//! `chatd audit` and `chatd admin open`: a whole log is told from one that was cut or written anew.

use std::fs;

use domain::audit::ChainHash;
use domain::checkpoint::Checkpoint;
use keys::Keys;
use proto::ids::Timestamp;
use store::Store;

use crate::bench::{Bench, End};

#[test]
fn a_whole_log_is_verified_with_and_without_checkpoints() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["audit", "verify"]).end();
    assert!(ended.good().contains("unbroken from the first event"), "{ended:?}");
    assert!(ended.stderr.contains("No checkpoints"), "{ended:?}");
    let (events, head) = head(&bench);
    sign(&bench, events, head);
    let ended = bench.chatd(&["audit", "verify"]).end();
    assert!(ended.good().contains("checkpoints  1 in "), "{ended:?}");
    assert!(ended.stdout.contains("unbroken from the first event"), "{ended:?}");
}

#[test]
fn a_log_whose_end_was_cut_off_or_that_was_written_anew_is_told() {
    let bench = Bench::with_owner();
    let (events, head) = head(&bench);
    sign(&bench, events + 5, head);
    let ended = bench.chatd(&["audit", "verify"]).end();
    assert!(ended.refused(1).contains("its end was cut off"), "{ended:?}");
    sign(&bench, events, ChainHash([7; 32]));
    let ended = bench.chatd(&["audit", "verify"]).end();
    assert!(ended.refused(1).contains("the log was rewritten"), "{ended:?}");
}

#[test]
fn a_checkpoint_of_another_server_or_a_changed_one_counts_for_nothing() {
    let (bench, other) = (Bench::with_owner(), Bench::with_owner());
    let (events, head) = head(&bench);
    sign(&other, events, head);
    let copy = bench.path("copy.log");
    fs::copy(other.data().join("keys/audit-checkpoints.log"), &copy).unwrap();
    let verify = ["audit", "verify", "--checkpoints", copy.to_str().unwrap()];
    let ended = bench.chatd(&verify).end();
    assert!(ended.refused(1).contains("line 1"), "{ended:?}");
    assert!(ended.stderr.contains("signature"), "{ended:?}");
}

#[test]
fn the_log_is_exported_as_json_and_as_csv_and_says_so_itself() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["audit", "export"]).end();
    let rows: Vec<serde_json::Value> =
        ended.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["seq"], 1);
    assert!(rows.last().unwrap()["detail"].as_str().unwrap().contains("as jsonl"));
    let since = (rows.len() - 1).to_string();
    let ended = bench.chatd(&["audit", "export", "--format", "csv", "--since", &since]).end();
    let lines: Vec<_> = ended.good().lines().collect();
    assert_eq!(lines[0], "seq,at,actor,action,target,detail,hash");
    assert_eq!(lines.len(), 3, "the export before, and this one");
    assert!(lines[2].contains("\"operator\""), "{ended:?}");
}

#[test]
fn the_dashboard_is_found_with_those_who_may_log_in() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["admin", "open"]).end();
    assert!(ended.good().contains("admin-web"), "{ended:?}");
    assert!(ended.stdout.contains("ada (owner)"), "{ended:?}");
    let store = Store::open(&bench.data().join("chat.db")).unwrap();
    let told =
        store.run_blocking(|tx| tx.put_status("admin-web.address", "http://127.0.0.1:8080/", Timestamp(5)));
    told.unwrap();
    store.close();
    let ended = bench.chatd(&["admin", "open"]).end();
    assert!(ended.good().contains("http://127.0.0.1:8080/"), "{ended:?}");
}

fn head(bench: &Bench) -> (u64, ChainHash) {
    let store = Store::open(&bench.data().join("chat.db")).unwrap();
    let (seq, head) = store.read_blocking(audit_head).unwrap();
    store.close();
    (seq.0, head)
}

fn audit_head(reads: &store::Reads<'_>) -> Result<(store::AuditSeq, ChainHash), store::StoreError> {
    reads.audit_head()
}

/// Writes what a server would have signed.
fn sign(bench: &Bench, events: u64, head: ChainHash) {
    let keys = Keys::load(&bench.data().join("keys")).unwrap();
    let line = keys.audit.sign(&Checkpoint { server: "Ada's".to_owned(), events, head, at: Timestamp(5) });
    fs::write(bench.data().join("keys/audit-checkpoints.log"), format!("{line}\n")).unwrap();
}

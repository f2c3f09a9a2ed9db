//! Measures every list of the dashboard on a large made-up installation: p50 and p99 in milliseconds.
//!
//! `cargo run --release -p store --features seed,testing --example list_bench -- FILE [full|tenth|small]`
//!
//! The file is filled when it is not there; the second run only measures.

use std::path::Path;
use std::time::Instant;

use domain::sanction::Kind;
use proto::ids::{AccountId, SanctionId, Timestamp};
use proto::message::{ReportState, Role};
use store::seed::{FULL, SMALL, Scale, TENTH, fill};
use store::{
    AccountState, AuditFilter, PeopleCursor, PeopleFilter, PeopleOrder, Reads, ReportFilter, RoomFilter,
    SanctionFilter, Standing, Store, StoreError, TargetKind,
};

/// How often each list is asked for.
const RUNS: usize = 100;
/// Lines on a page.
const PAGE: usize = 50;
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("list_bench FILE [full|tenth|small]");
        std::process::exit(64);
    };
    let scale = match arguments.next().as_deref() {
        Some("full") => FULL,
        Some("tenth") => TENTH,
        _ => SMALL,
    };
    let is_new = !Path::new(&path).exists();
    let store = Store::open(Path::new(&path))?;
    if is_new {
        let start = Instant::now();
        fill(&store, scale, NOW)?;
        println!("filled with {scale} in {:.0} s", start.elapsed().as_secs_f64());
    }
    let bench = Bench { store, scale };
    bench.people()?;
    bench.measures()?;
    bench.reports()?;
    bench.rest()
}

struct Bench {
    store: Store,
    scale: Scale,
}

impl Bench {
    fn people(&self) -> Result<(), StoreError> {
        let middle = AccountId::new(self.scale.accounts / 2).expect("it is a small number");
        let by_name = PeopleFilter::default();
        let newest = PeopleFilter { order: PeopleOrder::Newest, ..by_name.clone() };
        let named = |name: &str| PeopleFilter { name: name.to_owned(), ..by_name.clone() };
        for (what, filter, after) in [
            ("people by name", by_name.clone(), None),
            ("people by name, from the middle", by_name.clone(), Some(PeopleCursor::Name("m".to_owned()))),
            ("people newest first", newest.clone(), None),
            ("people newest first, from the middle", newest.clone(), Some(PeopleCursor::Newest(middle))),
            ("people whose names begin like", named("a"), None),
            ("people whose names begin like nobody's", named("zzzzzz"), None),
            (
                "people whose names begin like nobody's, newest",
                PeopleFilter { name: "zzzzzz".into(), ..newest.clone() },
                None,
            ),
            ("people who are owners", PeopleFilter { role: Some(Role::Owner), ..by_name.clone() }, None),
            (
                "people who are moderators, newest",
                PeopleFilter { role: Some(Role::Moderator), ..newest.clone() },
                None,
            ),
            ("people who are members", PeopleFilter { role: Some(Role::Member), ..by_name.clone() }, None),
            ("people who wait", PeopleFilter { state: Some(AccountState::Pending), ..by_name.clone() }, None),
        ] {
            self.time(what, |reads| {
                reads.people(&filter, after.as_ref(), PAGE, NOW).map(|page| page.items.len())
            })?;
        }
        self.time("one person", |reads| {
            reads.person_view(middle, NOW).map(|view| usize::from(view.is_some()))
        })?;
        self.time("recent joiners, 200", |reads| {
            reads.recent_joiners(Timestamp(0), NOW, 200).map(|all| all.len())
        })
    }

    fn measures(&self) -> Result<(), StoreError> {
        let all = SanctionFilter::default();
        let middle = SanctionId::new(self.scale.sanctions / 2);
        let account = AccountId::new(17);
        for (what, filter, before) in [
            ("measures", all.clone(), None),
            ("measures, from the middle", all.clone(), middle),
            (
                "measures that stand",
                SanctionFilter { standing: Some(Standing::Stands(NOW)), ..all.clone() },
                None,
            ),
            (
                "measures that are over",
                SanctionFilter { standing: Some(Standing::Over(NOW)), ..all.clone() },
                None,
            ),
            ("mutes", SanctionFilter { kind: Some(Kind::Mute), ..all.clone() }, None),
            (
                "time-outs, of which there may be none",
                SanctionFilter { kind: Some(Kind::Timeout), ..all.clone() },
                None,
            ),
            (
                "measures against networks",
                SanctionFilter { target: Some(TargetKind::Network), ..all.clone() },
                None,
            ),
            (
                "measures against devices: none",
                SanctionFilter { target: Some(TargetKind::Device), ..all.clone() },
                None,
            ),
            ("measures with a word everywhere", SanctionFilter { text: "spam".into(), ..all.clone() }, None),
            (
                "measures with a word nowhere",
                SanctionFilter { text: "lighthouse".into(), ..all.clone() },
                None,
            ),
            ("measures of one account", SanctionFilter { account, ..all }, None),
        ] {
            self.time(what, |reads| reads.sanctions(&filter, before, PAGE).map(|page| page.items.len()))?;
        }
        self.time("networks for the index, 1,000", |reads| {
            reads.standing_networks(None, NOW, 1_000).map(|page| page.items.len())
        })?;
        let who = AccountId::new(17).expect("it is a small number");
        self.time("what binds one account", |reads| reads.standing_of(who, None, NOW).map(|all| all.len()))
    }

    fn reports(&self) -> Result<(), StoreError> {
        let all = ReportFilter::default();
        for (what, filter) in [
            ("reports that are open", ReportFilter { open: true, ..all.clone() }),
            ("reports that are claimed", ReportFilter { state: Some(ReportState::Claimed), ..all.clone() }),
            (
                "reports that were dismissed",
                ReportFilter { state: Some(ReportState::Dismissed), ..all.clone() },
            ),
            (
                "open reports of one category",
                ReportFilter {
                    open: true,
                    category: Some(proto::message::ReportCategory::Threat),
                    ..all.clone()
                },
            ),
            ("reports", all),
        ] {
            self.time(what, |reads| reads.reports(&filter, None, PAGE).map(|page| page.items.len()))?;
        }
        self.time("counts of open reports", |reads| {
            reads.open_report_counts().map(|counts| counts.total() as usize)
        })
    }

    fn rest(&self) -> Result<(), StoreError> {
        let all = RoomFilter::default();
        self.time("rooms", |reads| reads.rooms_page(&all, "", PAGE).map(|page| page.items.len()))?;
        let locked = RoomFilter { locked: Some(true), ..RoomFilter::default() };
        self.time("rooms that are locked", |reads| {
            reads.rooms_page(&locked, "", PAGE).map(|page| page.items.len())
        })?;
        self.time("invites", |reads| reads.invites_page(None, PAGE).map(|page| page.items.len()))?;
        self.time("applicants", |reads| reads.applicants(None, PAGE).map(|page| page.items.len()))?;
        self.time("appeals", |reads| reads.appeals(None, None, None, PAGE).map(|page| page.items.len()))?;
        let events = AuditFilter::default();
        self.time("events of the audit log", |reads| {
            reads.audit_page(&events, None, PAGE).map(|page| page.items.len())
        })?;
        self.time("overview", |reads| reads.overview(NOW).map(|_| 1))
    }

    /// Asks for the same list many times and prints how long it took.
    fn time(
        &self,
        what: &str,
        list: impl Fn(&Reads<'_>) -> Result<usize, StoreError>,
    ) -> Result<(), StoreError> {
        let (mut took, mut lines) = (Vec::with_capacity(RUNS), 0);
        for _ in 0..RUNS {
            let start = Instant::now();
            match self.store.read_blocking(&list) {
                Ok(found) => lines = found,
                Err(StoreError::TooSlow) => {}
                Err(error) => return Err(error),
            }
            took.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
        took.sort_by(f64::total_cmp);
        let (half, most) = (took[RUNS / 2], took[RUNS * 99 / 100]);
        let verdict = if most < 20.0 { "" } else { "  SLOW" };
        println!("{half:8.2} {most:8.2} ms  {what} ({lines}){verdict}");
        Ok(())
    }
}

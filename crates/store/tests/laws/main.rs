//! What every store must do, said over its public interface alone: another backend runs the same laws.
//!
//! A law takes an empty store. `laws!` makes a test of each, on a database of its own.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]
#![allow(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]

#[path = "../support/mod.rs"]
mod support;

/// Declares laws: functions from an empty store, each of which becomes a test of the same name.
macro_rules! laws {
    ($($(#[$doc:meta])* fn $law:ident($store:ident) $body:block)+) => {
        $($(#[$doc])* fn $law($store: &store::Store) $body)+

        mod on_sqlite {
            $(#[test] fn $law() {
                let place = crate::support::Place::new();
                let store = place.open();
                super::$law(&store);
                store.verify().unwrap();
                store.verify_search().unwrap();
                store.close();
            })+
        }
    };
}

mod accounts;
mod appeals;
mod audit;
mod feed;
mod files;
mod filters;
mod held;
mod invites;
mod log;
mod logins;
mod measures;
mod moderation;
mod operations;
mod paging;
mod people;
mod posture;
mod purges;
mod reports;
mod rooms;
mod sealed;
mod sealed_reports;
mod search;
mod web;

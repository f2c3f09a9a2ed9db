//! Own reports as JSON objects.

use proto::message::OwnReport;
use serde::Serialize;

use super::Object;
use crate::cli::render::iso_time;

#[derive(Debug, Serialize)]
pub(crate) struct ReportLine<'a> {
    report_id: u64,
    at: String,
    name: &'a str,
    messages: u32,
    category: &'static str,
    state: &'static str,
    outcome: &'a str,
}

impl<'a> Object<'a> {
    pub(crate) fn report(report: &'a OwnReport) -> Self {
        Self::Report(ReportLine {
            report_id: report.report.get(),
            at: iso_time(report.at),
            name: &report.name,
            messages: report.messages,
            category: report.category.word(),
            state: report.state.word(),
            outcome: &report.outcome,
        })
    }
}

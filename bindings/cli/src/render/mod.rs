//! How things look in a terminal: widths, marks, dates, sparklines, charts.

pub(crate) mod chart;
pub(crate) mod dates;
pub(crate) mod hexdump;
pub(crate) mod items;
pub(crate) mod numbers;
pub(crate) mod sparkline;
pub(crate) mod text;

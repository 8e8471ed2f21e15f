//! A bar for long calls, when somebody watches, and the way for Ctrl-C into them.

use std::io::{self, IsTerminal};

use healthbook::{Flow, Lang, Observer, Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::stop::{self, Watching};
use crate::words;

/// Watches one or several long calls.
pub(crate) struct Watch {
    lang: Lang,
    bar: Option<ProgressBar>,
    stage: Option<Stage>,
    _watching: Watching,
}

impl Watch {
    pub(crate) fn new(lang: Lang) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style(false));
            bar
        });
        Self { lang, bar, stage: None, _watching: Watching::start() }
    }

    /// Takes the bar away, so that something else can be written.
    pub(crate) fn pause(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.stage = None;
    }
}

fn style(with_total: bool) -> ProgressStyle {
    let template = if with_total { "{msg} {bar:24} {percent:>3}%" } else { "{msg} {spinner}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn word(stage: Stage, lang: Lang) -> &'static str {
    match stage {
        Stage::Receiving => words::RECEIVING,
        Stage::Reading => words::READING,
        Stage::Matching => words::MATCHING,
        Stage::Writing => words::WRITING,
        Stage::Verifying => words::VERIFYING,
        Stage::Rekeying => words::REKEYING,
        Stage::Shrinking => words::SHRINKING,
    }
    .get(lang)
}

impl Observer for Watch {
    fn report(&mut self, progress: Progress) -> Flow {
        if let Some(bar) = &self.bar {
            if self.stage != Some(progress.stage) {
                self.stage = Some(progress.stage);
                bar.reset();
                bar.set_style(style(progress.total.is_some()));
            }
            bar.set_message(match progress.records {
                0 => word(progress.stage, self.lang).to_owned(),
                n => format!(
                    "{} · {}",
                    word(progress.stage, self.lang),
                    words::RECORDS.with(self.lang, &[("n", &n)])
                ),
            });
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.done);
        }
        if stop::asked() { Flow::Stop } else { Flow::Continue }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.pause();
    }
}

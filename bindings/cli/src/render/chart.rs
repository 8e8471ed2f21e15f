//! A chart as SVG: made by hand, without scripts or anything fetched, readable by a screen reader, in light and dark.

use std::fmt::Write;

use healthbook::{Lang, PartialDateTime, Timestamp, Trend, TrendLine, names};

use crate::render::numbers::{mean, told};
use crate::render::sparkline::bounds;
use crate::render::{dates, text};
use crate::words;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 72.0;
const BOTTOM: f64 = 48.0;

/// Lines are told apart by their colour, their dashes and their dots; contrast at least 4.5 to 1 in both schemes.
const STYLE: &str = "\
text{font:14px system-ui,sans-serif;fill:#1f2933}.h{font-size:18px;font-weight:600}.s{font-size:12px;fill:#52606d}
.g{stroke:#cbd2d9;stroke-width:1}.p{fill:none;stroke-width:2}.b{fill:#fff}
.c0{stroke:#0b5fa5;fill:#0b5fa5}.c1{stroke:#a33b00;fill:#a33b00}.c2{stroke:#1b6e3c;fill:#1b6e3c}.c3{stroke:#6a2c91;fill:#6a2c91}
.c1.p{stroke-dasharray:8 4}.c2.p{stroke-dasharray:2 3}.c3.p{stroke-dasharray:10 3 2 3}.p{fill:none!important}
@media(prefers-color-scheme:dark){text{fill:#e4e7eb}.s{fill:#b3bcc6}.g{stroke:#3e4c59}.b{fill:#111820}
.c0{stroke:#7cc4fa;fill:#7cc4fa}.c1{stroke:#ffb088;fill:#ffb088}.c2{stroke:#8edfb0;fill:#8edfb0}.c3{stroke:#dbb3f5;fill:#dbb3f5}}";

/// A point of a line: when, and how much.
type Point = (f64, f64);

/// Milliseconds as a float: instants are below 2^53.
fn float(at: Timestamp) -> f64 {
    let days = i32::try_from(at.0.div_euclid(86_400_000)).unwrap_or(0);
    let rest = i32::try_from(at.0.rem_euclid(86_400_000)).unwrap_or(0);
    f64::from(days) * 86_400_000.0 + f64::from(rest)
}

fn points(line: &TrendLine) -> Vec<Point> {
    if line.points.is_empty() {
        let at =
            |day: &str| day.parse::<PartialDateTime>().ok().map(|day| float(day.earliest(dates::OFFSET)));
        line.groups.iter().filter_map(|group| Some((at(&group.from)?, group.mean))).collect()
    } else {
        // A bound (`< 5`) is no place on a line.
        let known = line.points.iter().filter(|point| point.comparator.is_none());
        known.map(|point| (float(point.at), point.value)).collect()
    }
}

/// Makes a text safe inside an element or an attribute. What XML cannot hold at all is left out.
fn escaped(given: &str) -> String {
    let mut safe = String::new();
    for c in text::plain(given).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c => safe.push(c),
        }
    }
    safe
}

/// A step of 1, 2 or 5 times a power of ten that divides a range into about five parts.
fn step(range: f64) -> f64 {
    if !range.is_finite() || range <= 0.0 {
        return 1.0;
    }
    let rough = range / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough).unwrap_or(10.0 * power)
}

/// The values an axis names, and its ends.
fn axis(low: f64, high: f64) -> (f64, f64, Vec<f64>) {
    let (low, high) = if high > low { (low, high) } else { (low - 1.0, high + 1.0) };
    let step = step(high - low);
    let (first, last) = ((low / step).floor() * step, (high / step).ceil() * step);
    let ticks =
        (0..=12u32).map(|n| first + f64::from(n) * step).take_while(|tick| *tick <= last + step / 2.0);
    (first, last, ticks.collect())
}

/// A label of an axis: as many places as its step needs.
fn label(value: f64, step: f64) -> String {
    let places = if step >= 1.0 {
        0
    } else if step >= 0.1 {
        1
    } else {
        2
    };
    format!("{value:.places$}")
}

/// The chart of a series, all its lines over one axis of time.
pub(crate) fn svg(trend: &Trend, lang: Lang) -> String {
    let lines: Vec<(&TrendLine, Vec<Point>)> = trend
        .lines
        .iter()
        .map(|line| (line, points(line)))
        .filter(|(_, points)| {
            !points.is_empty() && points.iter().all(|(at, value)| at.is_finite() && value.is_finite())
        })
        .collect();
    let mut svg = String::new();
    // Writing to a String does not fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         role=\"img\" aria-labelledby=\"t d\" lang=\"{}\">\n<title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n\
         <style>{STYLE}</style>\n<rect class=\"b\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n\
         <text class=\"h\" x=\"{LEFT}\" y=\"28\">{}</text>\n",
        lang.tag(),
        escaped(&trend.title),
        escaped(&description(trend, lang)),
        escaped(&trend.title),
    );
    if lines.is_empty() {
        let _ =
            write!(svg, "<text x=\"{LEFT}\" y=\"{TOP}\">{}</text>\n</svg>\n", words::NO_NUMBERS.get(lang));
        return svg;
    }
    let all = |take: fn(&Point) -> f64| -> Vec<f64> {
        lines.iter().flat_map(|(_, points)| points.iter().map(take)).collect()
    };
    let (begin, end) = bounds(&all(|point| point.0));
    let (low, high) = bounds(&all(|point| point.1));
    let (bottom, top, ticks) = axis(low, high);
    let span = if end > begin { end - begin } else { 1.0 };
    let x = |at: f64| LEFT + (at - begin) / span * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM);
    for tick in &ticks {
        let _ = writeln!(
            svg,
            "<line class=\"g\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{1:.1}\" y2=\"{1:.1}\"/>\
             <text class=\"s\" x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\">{4}</text>",
            WIDTH - RIGHT,
            y(*tick),
            LEFT - 8.0,
            y(*tick) + 4.0,
            label(*tick, step(high - low)),
        );
    }
    days(&mut svg, begin, end, lang, x);
    for (n, (line, points)) in lines.iter().enumerate() {
        let class = format!("c{}", n % 4);
        let path: Vec<String> =
            points.iter().map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value))).collect();
        let _ = writeln!(svg, "<polyline class=\"p {class}\" points=\"{}\"/>", path.join(" "));
        // Dots while they can be told apart.
        for (at, value) in points.iter().filter(|_| points.len() <= 120) {
            let _ = writeln!(
                svg,
                "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>",
                x(*at),
                y(*value)
            );
        }
        legend(&mut svg, n, lines.len(), &class, line, lang);
    }
    let notes: Vec<String> = trend.lines.iter().flat_map(|line| not_drawn(line, lang)).collect();
    if !notes.is_empty() {
        let note = text::cut(&notes.join(" "), 110);
        let _ = writeln!(
            svg,
            "<text class=\"s\" x=\"{LEFT}\" y=\"{:.1}\">{}</text>",
            HEIGHT - 8.0,
            escaped(&note)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// What a line is, beside a piece of it.
fn legend(svg: &mut String, n: usize, of: usize, class: &str, line: &TrendLine, lang: Lang) {
    let cells = (WIDTH - LEFT - RIGHT) / f64::from(u32::try_from(of.max(1)).unwrap_or(1));
    let x = LEFT + cells * f64::from(u32::try_from(n).unwrap_or(0));
    let unit = names::unit_name(&line.unit, lang).unwrap_or(&line.unit);
    let named = text::cut(&format!("{} ({unit})", line.title), if of > 2 { 24 } else { 44 });
    let _ = writeln!(
        svg,
        "<line class=\"p {class}\" x1=\"{x:.1}\" x2=\"{:.1}\" y1=\"50\" y2=\"50\"/><text class=\"s\" x=\"{:.1}\" y=\"54\">{}</text>",
        x + 28.0,
        x + 34.0,
        escaped(&named),
    );
}

/// The days at both ends of time and between.
fn days(svg: &mut String, begin: f64, end: f64, lang: Lang, x: impl Fn(f64) -> f64) {
    let parts = if end > begin { 4u32 } else { 0 };
    for n in 0..=parts {
        let share = if parts == 0 { 0.0 } else { f64::from(n) / f64::from(parts) };
        let at = begin + (end - begin) * share;
        let anchor = match n {
            0 => "start",
            n if n == parts => "end",
            _ => "middle",
        };
        let day = (at / 86_400_000.0).floor();
        // Days since 1970 fit easily; a Timestamp is made of whole ones, so that no float becomes an integer.
        let day = format!("{day:.0}").parse::<i64>().unwrap_or(0);
        let day = PartialDateTime::from_timestamp(Timestamp(day.saturating_mul(86_400_000)), 0);
        let _ = writeln!(
            svg,
            "<text class=\"s\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            x(at),
            HEIGHT - BOTTOM + 22.0,
            dates::day(&day, lang),
        );
    }
}

/// The chart in words, for those who do not see it.
fn description(trend: &Trend, lang: Lang) -> String {
    let mut sentences = Vec::new();
    for line in &trend.lines {
        if let Some(summary) = &line.summary {
            let unit = names::unit_name(&line.unit, lang).unwrap_or(&line.unit);
            let counts = words::SUMMARY.with(
                lang,
                &[
                    ("n", &summary.count),
                    ("min", &told(summary.minimum, line.decimals)),
                    ("max", &told(summary.maximum, line.decimals)),
                    ("mean", &mean(summary.mean, line.decimals)),
                ],
            );
            sentences.push(format!("{} ({unit}): {counts}.", line.title));
        }
        sentences.extend(not_drawn(line, lang));
    }
    if sentences.is_empty() { words::NO_NUMBERS.get(lang).to_owned() } else { sentences.join(" ") }
}

/// What of a line is in no chart and no mean, in words.
pub(crate) fn not_drawn(line: &TrendLine, lang: Lang) -> Vec<String> {
    [(words::TREND_BOUNDS, line.bounds), (words::TREND_LEFT_OUT, line.left_out)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(phrase, count)| phrase.with(lang, &[("n", &count)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use healthbook::{Coding, TrendPoint};

    fn trend(values: &[f64]) -> Trend {
        let points = values.iter().zip(0i64..).map(|(value, n)| TrendPoint {
            at: Timestamp(1_700_000_000_000 + n * 86_400_000),
            value: *value,
            text: value.to_string(),
            comparator: None,
            record: None,
        });
        Trend {
            title: "Huyết áp <b>&\"".to_owned(),
            lines: vec![TrendLine {
                title: "Tâm thu".to_owned(),
                code: Coding::new("http://loinc.org", "8480-6"),
                unit: "mm[Hg]".to_owned(),
                points: points.collect(),
                groups: Vec::new(),
                summary: None,
                decimals: 0,
                bounds: 0,
                left_out: 0,
                cut: false,
            }],
        }
    }

    #[test]
    fn what_a_hospital_called_a_series_is_text_and_not_markup() {
        let drawn = svg(&trend(&[120.0, 130.0]), Lang::Vi);
        assert!(drawn.contains("Huyết áp &lt;b&gt;&amp;&quot;") && !drawn.contains("<b>"));
        assert!(
            drawn.contains("<title")
                && drawn.contains("<desc")
                && drawn.contains("prefers-color-scheme:dark")
        );
        assert_eq!(drawn.matches("<circle").count(), 2);
    }

    #[test]
    fn odd_series_are_drawn_without_nonsense() {
        for values in [&[][..], &[5.0], &[5.0, 5.0], &[f64::NAN], &[0.0, 1e300], &[-1.0, 1e-9]] {
            let drawn = svg(&trend(values), Lang::En);
            assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>\n"), "{values:?}");
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{values:?}");
        }
    }

    #[test]
    fn a_bound_is_no_dot_and_the_chart_says_so() {
        let mut trend = trend(&[120.0, 130.0, 5.0]);
        trend.lines[0].points[2].comparator = Some("<".to_owned());
        trend.lines[0].bounds = 1;
        let drawn = svg(&trend, Lang::En);
        assert_eq!(drawn.matches("<circle").count(), 2);
        assert_eq!(drawn.matches("1 result is only a bound").count(), 2, "drawn and told: {drawn}");
    }

    #[test]
    fn an_axis_names_round_values_around_all_others() {
        let (bottom, top, ticks) = axis(118.0, 163.0);
        assert!(bottom <= 118.0 && top >= 163.0 && (3..=8).contains(&ticks.len()), "{ticks:?}");
        assert_eq!(ticks.first().map(|tick| label(*tick, 10.0)).as_deref(), Some("110"));
    }
}

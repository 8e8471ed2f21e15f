//! A line of eight heights: a series at a glance.

const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws values in at most `cells` cells, oldest first; where there are more values than cells, a cell is the mean of
/// its share. A series that does not change is drawn in the middle.
pub(crate) fn sparkline(values: &[f64], cells: usize) -> String {
    let shares: Vec<f64> = if values.len() <= cells {
        values.to_vec()
    } else {
        (0..cells)
            .filter_map(|n| values.get(n * values.len() / cells..(n + 1) * values.len() / cells))
            .map(mean)
            .collect()
    };
    let (low, high) = bounds(&shares);
    shares.iter().map(|value| height(*value, low, high)).collect()
}

/// Lowest and highest of some values.
pub(crate) fn bounds(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)))
}

fn mean(values: &[f64]) -> f64 {
    let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
    values.iter().sum::<f64>() / f64::from(count.max(1))
}

fn height(value: f64, low: f64, high: f64) -> char {
    let share = if high > low { (value - low) / (high - low) } else { 0.5 };
    // The first height whose upper edge is not below the value; a comparison that fails (NaN) gives the lowest.
    let n = (1..8u32).take_while(|n| share * 8.0 >= f64::from(*n)).count();
    HEIGHTS.get(n).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_is_low_and_the_highest_is_high() {
        assert_eq!(sparkline(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 20), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[5.0, 5.0], 20), "▅▅");
        assert_eq!(sparkline(&[], 20), "");
        assert_eq!(sparkline(&[f64::NAN], 20).chars().count(), 1);
    }

    #[test]
    fn years_of_readings_fit_one_line() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let line = sparkline(&values, 60);
        assert_eq!(line.chars().count(), 60);
        assert!(line.starts_with('▁') && line.ends_with('█'));
    }
}

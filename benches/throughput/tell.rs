//! One figure and its aim, in the form that `benches/figures.py` gathers.

/// A line of the result: what was measured, the figure, and what it should be.
pub fn tell(what: &str, figure: f64, aim: &str) {
    println!("{what:<68} {figure:>8.2}   aim {aim}");
}

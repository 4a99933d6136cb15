//! The parts that figures share: the frame, the horizontal axis, texts that are safe.

use std::fmt::Write as _;

/// Colours of the figure, in light and in dark; shapes and not only colours tell lines apart.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}.end{text-anchor:end}\
.middle{text-anchor:middle}.axis{stroke:#59636e;fill:none}.grid{stroke:#d1d9e0;fill:none}\
.one{stroke:#0550ae;fill:none;stroke-width:2}.other{stroke:#bc4c00;fill:none;\
stroke-width:2;stroke-dasharray:6 4}\
.box{stroke:#0550ae;fill:#0550ae;fill-opacity:.15}.point{stroke:#0550ae;fill:none}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.axis{stroke:#9198a1}.grid{stroke:#3d444d}\
.one{stroke:#79c0ff}.other{stroke:#ffa657}.box{stroke:#79c0ff;fill:#79c0ff}.point{stroke:#79c0ff}}";

/// A figure of `width` × `height` with its title, and a description for those who cannot see it.
pub(super) fn figure(width: f64, height: f64, title: &str, description: &str, body: &str) -> String {
    let (title, description) = (escaped(title), escaped(description));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{title}</title>\n\
         <desc id=\"desc\">{description}</desc>\n<style>{STYLE}</style>\n\
         <text class=\"title\" x=\"16\" y=\"24\">{title}</text>\n{body}</svg>\n"
    )
}

/// Text within an element: markup is spelled out, and what XML does not allow is a replacement character.
pub(in crate::study) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ if letter.is_control() => safe.push('\u{fffd}'),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A horizontal axis of errors, from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    /// Where 0 is, and how long the axis is.
    left: f64,
    length: f64,
    /// The error at its end.
    pub(super) end: f64,
    step: f64,
}

impl Axis {
    /// An axis that reaches `largest` at least, in steps of 1, 2 or 5 times a power of ten.
    pub(super) fn new(left: f64, length: f64, largest: f64) -> Axis {
        let largest = if largest.is_finite() && largest > 1e-100 { largest } else { 1.0 };
        // Powers of ten by multiplication: the platform's functions differ in the last bit.
        let mut power = 1.0;
        while power * 10.0 <= largest / 5.0 {
            power *= 10.0;
        }
        while power > largest / 5.0 {
            power /= 10.0;
        }
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|step| step * power).into_iter().find(|step| step * 6.0 >= largest);
        let step = step.unwrap_or(power);
        Axis { left, length, end: (largest / step).ceil() * step, step }
    }

    /// Where an error lies; beyond the end, at the end.
    pub(super) fn at(self, error: f64) -> f64 {
        self.left + self.length * (error / self.end).clamp(0.0, 1.0)
    }

    /// Lines from `top` to `bottom` with their numbers below, and what they are.
    pub(super) fn drawn(self, top: f64, bottom: f64, label: &str) -> String {
        let mut text = String::new();
        let steps = (self.end / self.step).round() as usize;
        for at in 0..=steps.min(20) {
            let error = at as f64 * self.step;
            let (x, y) = (self.at(error), bottom + 18.0);
            let class = if at == 0 { "axis" } else { "grid" };
            let _ = writeln!(
                text,
                "<path class=\"{class}\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/>\
                 <text class=\"middle\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                number(error)
            );
        }
        let (x, y) = (self.left + self.length / 2.0, bottom + 38.0);
        let label = escaped(label);
        let _ = writeln!(text, "<text class=\"middle\" x=\"{x:.1}\" y=\"{y:.1}\">{label}</text>");
        text
    }
}

/// A number for people, with at most four digits that matter.
pub(in crate::study) fn number(number: f64) -> String {
    let text = if number.abs() >= 1e6 || number != 0.0 && number.abs() < 1e-3 {
        format!("{number:.3e}")
    } else {
        format!("{number:.3}")
    };
    if text.contains('.') && !text.contains('e') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (largest, end) in
            [(0.0, 1.0), (1.0, 1.0), (4.3, 5.0), (11.0, 12.0), (0.021, 0.025), (f64::NAN, 1.0)]
        {
            let axis = Axis::new(0.0, 100.0, largest);
            assert!((axis.end - end).abs() < 1e-12, "{largest}: {axis:?}");
        }
        let axis = Axis::new(10.0, 100.0, 4.3);
        assert_eq!((axis.at(0.0), axis.at(2.5), axis.at(99.0)), (10.0, 60.0, 110.0));
    }

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(escaped("<a&\"b\">\u{1b}\u{0}é"), "&lt;a&amp;&quot;b&quot;&gt;\u{fffd}\u{fffd}é");
    }

    #[test]
    fn numbers_by_hand() {
        let texts = [0.0, 2.0, 2.5, 0.125, 1e-9, 123_456.789].map(number);
        assert_eq!(texts, ["0", "2", "2.5", "0.125", "1.000e-9", "123456.789"]);
    }
}

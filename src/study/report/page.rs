//! The page as a whole: the template with its parts.

use super::entry::Page;
use super::{data, overview};
use crate::study::figure::escaped;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page, as UTF-8 HTML.
///
/// Everything that is drawn from files is escaped here or in the parts; the template is filled in one pass,
/// so that nothing in a name is taken for a place of the template.
#[must_use]
pub fn page(page: &Page) -> String {
    let part = |name: &str| match name {
        "title" => escaped(&page.title),
        "program" => escaped(&page.program),
        "style" => STYLE.to_owned(),
        "script" => SCRIPT.to_owned(),
        "overview" => overview::overview(page),
        "data" => data::json(page),
        _ => String::new(),
    };
    let mut text = String::new();
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        text.push_str(before);
        text.push_str(&part(name.trim()));
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::super::entry::Entry;
    use super::*;

    #[test]
    fn no_name_becomes_markup() {
        let evil = "</script><img src=x onerror=alert(1)>{{data}}&\u{2028}";
        let entry = Entry {
            file: evil.to_owned(),
            label: Some(evil.to_owned()),
            cells: vec![Some(evil.to_owned())],
            reason: Some(evil.to_owned()),
            status: "ok",
            ..Entry::default()
        };
        let made = page(&Page {
            title: evil.to_owned(),
            columns: vec![evil.to_owned()],
            notes: vec![evil.to_owned()],
            entries: vec![entry],
            ..Page::default()
        });
        assert!(!made.contains("<img src=x"), "{made}");
        assert_eq!(made.matches("</script>").count(), 2);
        // The title thrice, the columns, a note, four fields of the entry, its name in the table.
        assert_eq!(made.matches("onerror=alert(1)").count(), 10);
        assert_eq!(made.matches("\"entries\":").count(), 1);
        assert!(made.contains("<title>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;{{data}}&amp;"));
    }

    #[test]
    fn nothing_is_asked_of_a_network() {
        let made = page(&Page::default());
        for text in ["http://", "https://", "@import", "url(", "fetch(", "XMLHttpRequest", "<link"] {
            // The names of SVG and of its namespace are no addresses that are asked.
            let made = made.replace("http://www.w3.org/2000/svg", "");
            assert!(!made.contains(text), "{text}");
        }
        assert!(made.contains("default-src 'none'"));
    }
}

//! Bits of HTML: both languages side by side, tables, the page and its policy of loading nothing.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::catalog::{Language, say};
use crate::id::Label;

/// Style of the page.
pub(super) const STYLE: &str = include_str!("style.css");

/// Script of the page: switches languages, arms and years, sorts tables.
pub(super) const SCRIPT: &str = include_str!("script.js");

/// Text as HTML has it, in elements and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// A label in both languages, of which the page shows one.
pub(super) fn both(label: &Label) -> String {
    if label.zh == label.en {
        return escape(&label.en);
    }
    let one = |language: Language| format!("<span lang=\"{}\">{}</span>", language.tag(), escape(language.of(label)));
    Language::ALL.map(one).concat()
}

/// The text of a key in both languages.
pub(super) fn text(key: &str) -> String {
    both(say(key))
}

/// A heading of a column, and whether numbers stand under it.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// Text.
    pub(super) label: Label,
    /// Whether what is under it stands at the right.
    pub(super) number: bool,
}

impl Head {
    /// Over words.
    pub(super) fn words(label: &Label) -> Self {
        Self { label: label.clone(), number: false }
    }

    /// Over numbers.
    pub(super) fn number(label: &Label) -> Self {
        Self { label: label.clone(), number: true }
    }
}

/// A row: the arm it belongs to, if to one, and its cells as HTML.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Id of the arm.
    pub(super) arm: Option<String>,
    /// Cells.
    pub(super) cells: Vec<String>,
}

/// Most rows of a table that shows all of them.
const SHORT: usize = 60;

/// A table with a caption; its headings are buttons that sort when `sorts`. A long one scrolls within the page.
pub(super) fn table(caption: &Label, heads: &[Head], rows: &[Row], sorts: bool) -> String {
    let whole = if rows.len() <= SHORT { " whole" } else { "" };
    let caption = both(caption);
    let mut out = format!("<div class=\"scroll{whole}\" tabindex=\"0\"><table><caption>{caption}</caption><thead><tr>");
    let class = |head: &Head| if head.number { " class=\"n\"" } else { "" };
    for head in heads {
        let label = both(&head.label);
        let label = if sorts { format!("<button type=\"button\" data-sort>{label}</button>") } else { label };
        let _ = write!(out, "<th scope=\"col\"{}>{label}</th>", class(head));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in rows {
        match &row.arm {
            Some(arm) => {
                let _ = write!(out, "<tr data-arm=\"{}\">", escape(arm));
            }
            None => out.push_str("<tr>"),
        }
        for (head, cell) in heads.iter().zip(&row.cells) {
            let _ = write!(out, "<td{}>{cell}</td>", class(head));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out
}

/// What a reader may open: the data behind a chart.
pub(super) fn folded(summary: &Label, inside: &str) -> String {
    format!("<details><summary>{}</summary>\n{inside}</details>\n", both(summary))
}

/// A section of the page with its heading.
pub(super) fn section(id: &str, title: &Label, inside: &str) -> String {
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{}</h2>\n{inside}</section>\n",
        both(title)
    )
}

/// A source of a content-security policy that allows one text, by its SHA-256: the hash in base 64.
pub(super) fn source(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let hash = Sha256::digest(text.as_bytes());
    let mut out = String::from("'sha256-");
    for bytes in hash.chunks(3) {
        let bits = bytes.iter().chain(&[0, 0]).take(3).fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize] as char;
            out.push(if place <= bytes.len() { digit } else { '=' });
        }
    }
    out + "'"
}

/// The whole page. It may load nothing and run nothing but the script that it holds.
pub(super) fn page(title: &Label, first: Language, body: &str) -> String {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(SCRIPT)
    );
    let switch = Language::ALL.map(|language| {
        let name = match language {
            Language::En => "English",
            Language::Zh => "中文",
        };
        let tag = language.tag();
        format!(
            "<button type=\"button\" data-show=\"{tag}\" aria-pressed=\"{}\"><bdi>{name}</bdi></button>",
            language == first
        )
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"{tag}\" data-show=\"{tag}\" data-title-en=\"{en}\" data-title-zh=\"{zh}\">\n<head>\n\
         <meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"oreworld {version}\">\n<title>{shown}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">{skip}</a>\n\
         <header class=\"bar\"><span class=\"name\">oreworld</span><div role=\"group\" aria-label=\"Language 语言\">{switch}</div></header>\n\
         <main id=\"main\">\n{body}</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        tag = first.tag(),
        en = escape(&title.en),
        zh = escape(&title.zh),
        version = env!("CARGO_PKG_VERSION"),
        shown = escape(first.of(title)),
        skip = text("page.skip"),
        switch = switch.concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::canvas;
    use crate::results::report::catalog::plain;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
        assert_eq!(both(&plain("a<b")), "a&lt;b");
        let label = Label { zh: "钴".to_owned(), en: "Cobalt".to_owned() };
        assert_eq!(both(&label), "<span lang=\"en\">Cobalt</span><span lang=\"zh-Hans\">钴</span>");
    }

    /// The hashes of the empty text and of "abc" as FIPS 180-4 has them, in base 64.
    #[test]
    fn a_source_is_the_hash_that_browsers_reckon() {
        assert_eq!(source(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
        assert_eq!(source("abc"), "'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='");
    }

    #[test]
    fn dots_have_the_colors_of_the_pictures() {
        for place in 0..canvas::COLORS {
            let rule = format!(".c{place}{{background:{}}}", canvas::color(place));
            assert!(STYLE.contains(&rule), "{rule}");
        }
    }

    #[test]
    fn style_and_script_are_small_and_load_nothing() {
        assert!(SCRIPT.len() < 15_000 && STYLE.len() < 15_000);
        for text in [SCRIPT, STYLE] {
            assert!(
                !["http:", "https:", "url(", "@import", "fetch(", "eval(", "</s"].iter().any(|no| text.contains(no))
            );
        }
    }
}

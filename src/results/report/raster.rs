//! Charts as PNG.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::catalog::Language;

/// The font of pictures, which has the letters of English and no Chinese ones.
const FONT: &[u8] = include_bytes!("../../../assets/dejavu-sans-latin.ttf");

/// A letter that a font with Chinese letters has.
const CHINESE: char = '矿';

/// Pixels of a PNG per pixel of the drawing.
const SHARP: f32 = 2.0;

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RasterError {
    /// No font of the machine has Chinese letters.
    #[error(
        "no font of this machine has Chinese letters; install one, such as Noto Sans CJK, or take --lang en or --svg"
    )]
    NoChinese,
    /// The drawing could not be read.
    #[error("a picture could not be drawn: {0}")]
    Drawing(String),
}

/// What turns drawings into pixels.
#[derive(Debug)]
pub struct Raster {
    options: Options<'static>,
}

impl Raster {
    /// For drawings in a language: English ones have the font that comes with the program, and so the same pixels
    /// everywhere; Chinese ones a font of the machine.
    ///
    /// # Errors
    /// When no font has its letters.
    pub fn new(language: Language) -> Result<Self, RasterError> {
        let mut fonts = Database::new();
        fonts.load_font_data(FONT.to_vec());
        if language == Language::Zh {
            fonts.load_system_fonts();
        }
        let has = |id| fonts.with_face_data(id, has_chinese).unwrap_or(false);
        let usable = fonts.faces().filter(|face| language != Language::Zh || has(face.id));
        let families = usable.filter_map(|face| face.families.first().map(|family| family.0.clone()));
        // Of many the one for the mainland's letters, without serifs.
        let Some(family) =
            families.max_by_key(|name| (name.contains("Sans") && name.ends_with("SC"), name.contains("Sans")))
        else {
            return Err(RasterError::NoChinese);
        };
        fonts.set_sans_serif_family(family);
        let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
        Ok(Self { options })
    }

    /// A drawing as PNG.
    ///
    /// # Errors
    /// When it is no SVG, or too large.
    pub fn png(&self, drawing: &str) -> Result<Vec<u8>, RasterError> {
        let wrong = |what: &dyn std::fmt::Display| RasterError::Drawing(what.to_string());
        let tree = Tree::from_str(drawing, &self.options).map_err(|error| wrong(&error))?;
        let size = tree.size();
        let pixels = |length: f32| (length * SHARP).ceil() as u32;
        let mut sheet = Pixmap::new(pixels(size.width()), pixels(size.height())).ok_or_else(|| wrong(&"no size"))?;
        resvg::render(&tree, Transform::from_scale(SHARP, SHARP), &mut sheet.as_mut());
        sheet.encode_png().map_err(|error| wrong(&error))
    }
}

fn has_chinese(data: &[u8], index: u32) -> bool {
    ttf_parser::Face::parse(data, index).is_ok_and(|face| face.glyph_index(CHINESE).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::catalog::entries;
    use super::*;

    #[test]
    fn the_font_has_every_letter_of_what_pictures_say_in_english() {
        let face = ttf_parser::Face::parse(FONT, 0).expect("a font");
        let texts: String = entries().values().map(|label| label.en.as_str()).collect();
        let missing: String = texts.chars().filter(|letter| face.glyph_index(*letter).is_none()).collect();
        assert!(missing.is_empty(), "{missing}");
    }
}

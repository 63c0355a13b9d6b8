//! What a file may say: the shapes from which overrides, `oreworld schema` and the documentation are made.

/// What may stand at a place.
#[derive(Debug, Clone)]
pub enum Shape {
    /// One value: how it is written and what it means.
    Value {
        /// How it is written, such as `Tonnes(..)`.
        write: String,
        /// What it means.
        means: String,
    },
    /// A value that may be missing.
    Optional(Box<Shape>),
    /// `[..]`.
    List(Box<Shape>),
    /// `(.., ..)`.
    Tuple(Vec<Shape>),
    /// `{ key: value }`, with how keys are written.
    Map(String, Box<Shape>),
    /// `(name: value, ..)`.
    Record(fn() -> Record),
    /// One of several, by name.
    Choice(fn() -> Choice),
    /// Anything; whoever reads it checks it.
    Any,
}

/// The fields of a record.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its name, which a file may leave out.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// In order of declaration.
    pub fields: Vec<Field>,
}

/// A field of a [`Record`].
#[derive(Debug, Clone)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What may stand there.
    pub shape: fn() -> Shape,
    /// What holds when it is left out.
    pub default: Option<&'static str>,
}

/// The variants of a choice.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its name, for the documentation.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// In order of declaration.
    pub variants: Vec<Variant>,
}

/// A variant of a [`Choice`].
#[derive(Debug, Clone)]
pub struct Variant {
    /// Name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What stands in its parentheses, if it has any.
    pub body: Option<Shape>,
}

impl Shape {
    /// The shape of what is there once an optional value is.
    #[must_use]
    pub fn present(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner.present(),
            other => other,
        }
    }

    /// How a field of this shape is written, for a message.
    #[must_use]
    pub fn field(&self, name: &str) -> String {
        match self.present() {
            Self::Value { write, means } if write.ends_with("number") || write.starts_with("\"id\"") => {
                format!("`{name}: ..`, {means}")
            }
            other => format!("`{name}: {}`", other.write()),
        }
    }

    /// Whether `None` can stand there.
    #[must_use]
    pub fn takes_none(&self) -> bool {
        match self {
            Self::Optional(_) | Self::Any => true,
            Self::Choice(choice) => choice().variants.iter().any(|variant| variant.name == "None"),
            _ => false,
        }
    }

    /// How it is written, in a few characters.
    #[must_use]
    pub fn write(&self) -> String {
        match self {
            Self::Value { write, .. } => write.clone(),
            Self::Optional(inner) => inner.write(),
            Self::List(item) => format!("[{}, ..]", item.write()),
            Self::Tuple(items) => format!("({})", items.iter().map(Self::write).collect::<Vec<_>>().join(", ")),
            Self::Map(key, value) => format!("{{ {key}: {} }}", value.write()),
            Self::Record(record) => format!("({}: ..)", record().fields.first().map_or("", |field| field.name)),
            Self::Choice(choice) => {
                let write = |variant: &Variant| match &variant.body {
                    Some(_) => format!("{}(..)", variant.name),
                    None => variant.name.to_owned(),
                };
                choice().variants.iter().map(write).collect::<Vec<_>>().join(" or ")
            }
            Self::Any => "..".to_owned(),
        }
    }
}

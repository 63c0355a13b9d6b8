//! Tables in Parquet files with a checksum in every page. The one place that knows the `parquet` crate.
//!
//! The crate reads and checks page checksums but writes none, so pages are framed here, with the checksum, and the
//! crate does the rest: encoding, compression, metadata. Settings are fixed: equal rows give equal bytes.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer};
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion};
use parquet::file::reader::{ChunkReader, FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use super::columns::{Columns, Data, Field, Kind};
use super::page::CheckedPages;

/// Rows after which a row group is closed.
const GROUP_ROWS: usize = 1 << 17;

/// A Parquet file being written.
pub struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    fields: Vec<Field>,
    properties: WriterPropertiesPtr,
    pending: Vec<Data>,
    rows: u64,
}

impl<W: Write + Send> Writer<W> {
    /// Begins a file for a table of these fields.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn new(sink: W, table: &str, fields: &[Field]) -> Result<Self> {
        let properties = Arc::new(properties(fields));
        let file = SerializedFileWriter::new(sink, schema(table, fields)?, Arc::clone(&properties))?;
        let pending = fields.iter().map(|field| Data::empty(field.kind)).collect();
        Ok(Self { file, fields: fields.to_vec(), properties, pending, rows: 0 })
    }

    /// Appends rows: one column per field, in order.
    ///
    /// # Errors
    /// When the sink fails.
    ///
    /// # Panics
    /// When the columns are not those of the file.
    pub fn push(&mut self, columns: &[Data]) -> Result<()> {
        assert_eq!(columns.len(), self.fields.len(), "bug: columns that are not the file's");
        for (to, from) in self.pending.iter_mut().zip(columns) {
            to.append(from);
        }
        if self.pending.first().map_or(0, Data::len) >= GROUP_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let rows = self.pending.first().map_or(0, Data::len);
        if rows == 0 {
            return Ok(());
        }
        let descriptors = self.file.schema_descr().columns().to_vec();
        let mut group = self.file.next_row_group()?;
        for ((field, data), descriptor) in self.fields.iter().zip(&mut self.pending).zip(descriptors) {
            assert_eq!(data.len(), rows, "bug: column {} has another length", field.name);
            let mut bytes = Vec::new();
            let pages = Box::new(CheckedPages::new(&mut bytes));
            let closed = write_column(get_column_writer(descriptor, Arc::clone(&self.properties), pages), data)?;
            group.append_column(&bytes::Bytes::from(bytes), closed)?;
            *data = Data::empty(field.kind);
        }
        group.close()?;
        self.rows += rows as u64;
        Ok(())
    }

    /// Writes what is pending and the footer; gives the sink back, and the rows written.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn finish(mut self) -> Result<(W, u64)> {
        self.flush()?;
        Ok((self.file.into_inner()?, self.rows))
    }
}

fn write_column(mut writer: ColumnWriter<'_>, data: &Data) -> Result<ColumnCloseResult> {
    match (&mut writer, data) {
        (ColumnWriter::ByteArrayColumnWriter(to), Data::Text { names, rows }) => {
            let names: Vec<ByteArray> = names.iter().map(|name| ByteArray::from(name.as_str())).collect();
            let values: Vec<ByteArray> = rows.iter().map(|&row| names[row as usize].clone()).collect();
            to.write_batch(&values, None, None)?;
        }
        (ColumnWriter::Int32ColumnWriter(to), Data::Int(values)) => {
            to.write_batch(values, None, None)?;
        }
        (ColumnWriter::Int64ColumnWriter(to), Data::Count(values)) => {
            let values: Vec<i64> = values.iter().map(|v| v.cast_signed()).collect();
            to.write_batch(&values, None, None)?;
        }
        (ColumnWriter::DoubleColumnWriter(to), Data::Real(values)) if to.get_descriptor().max_def_level() == 0 => {
            to.write_batch(values, None, None)?;
        }
        (ColumnWriter::DoubleColumnWriter(to), Data::Real(values)) => {
            let present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
            let levels: Vec<i16> = values.iter().map(|v| i16::from(!v.is_nan())).collect();
            to.write_batch(&present, Some(&levels), None)?;
        }
        _ => return Err(ParquetError::General("bug: a column's values are not of its kind".into())),
    }
    writer.close()
}

fn properties(fields: &[Field]) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("oreworld ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("bug: level 1 exists")))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(true);
    for field in fields {
        if matches!(field.kind, Kind::Real | Kind::RealOrMissing | Kind::Count) {
            builder = builder.set_column_dictionary_enabled(ColumnPath::from(field.name.as_str()), false);
        }
    }
    builder.build()
}

fn schema(table: &str, fields: &[Field]) -> Result<TypePtr> {
    let columns: Result<Vec<TypePtr>> = fields.iter().map(|field| column_type(field).map(Arc::new)).collect();
    Ok(Arc::new(Type::group_type_builder(table).with_fields(columns?).build()?))
}

fn column_type(field: &Field) -> Result<Type> {
    let (physical, logical) = match field.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Week => (Physical::INT32, None),
        Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        Kind::Count => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Kind::Real | Kind::RealOrMissing => (Physical::DOUBLE, None),
    };
    let repetition = if field.kind == Kind::RealOrMissing { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    Type::primitive_type_builder(&field.name, physical).with_repetition(repetition).with_logical_type(logical).build()
}

fn kind_of(column: &Type) -> Option<Kind> {
    let info = column.get_basic_info();
    Some(match (column.get_physical_type(), info.converted_type()) {
        (Physical::BYTE_ARRAY, ConvertedType::UTF8) => Kind::Text,
        (Physical::INT32, ConvertedType::DATE) => Kind::Date,
        (Physical::INT32, ConvertedType::NONE) => Kind::Week,
        (Physical::INT64, ConvertedType::UINT_64) => Kind::Count,
        (Physical::DOUBLE, _) if info.repetition() == Repetition::OPTIONAL => Kind::RealOrMissing,
        (Physical::DOUBLE, _) => Kind::Real,
        _ => return None,
    })
}

/// Reads a file of this program row group by row group, checking every page's checksum. Of the columns, those that
/// `wanted` names are decoded.
///
/// # Errors
/// When the file cannot be read, is damaged or has a column of a foreign kind.
pub fn read(path: &Path, wanted: impl Fn(&str) -> bool, mut each: impl FnMut(Columns)) -> Result<()> {
    let mut groups = Groups::open(File::open(path)?)?;
    while let Some(columns) = groups.next(&wanted)? {
        each(columns);
    }
    Ok(())
}

/// Names of the columns of a file.
///
/// # Errors
/// When the file cannot be read.
pub fn names(path: &Path) -> Result<Vec<String>> {
    let groups = Groups::open(File::open(path)?)?;
    Ok(groups.schema.get_fields().iter().map(|column| column.name().to_owned()).collect())
}

/// The row groups of a file, one by one.
pub(super) struct Groups<R: ChunkReader> {
    file: SerializedFileReader<R>,
    schema: Type,
    next: usize,
}

impl<R: ChunkReader + 'static> Groups<R> {
    pub(super) fn open(bytes: R) -> Result<Self> {
        let file = SerializedFileReader::new(bytes)?;
        let schema = file.metadata().file_metadata().schema().clone();
        Ok(Self { file, schema, next: 0 })
    }

    pub(super) fn next(&mut self, wanted: &impl Fn(&str) -> bool) -> Result<Option<Columns>> {
        if self.next == self.file.num_row_groups() {
            return Ok(None);
        }
        let group = self.file.get_row_group(self.next)?;
        self.next += 1;
        let (mut fields, mut data) = (Vec::new(), Vec::new());
        for (place, column) in self.schema.get_fields().iter().enumerate() {
            if wanted(column.name()) {
                let foreign = || ParquetError::General(format!("column {} is of a foreign kind", column.name()));
                fields.push(Field::new(column.name(), kind_of(column).ok_or_else(foreign)?));
                data.push(read_column(group.as_ref(), place)?);
            }
        }
        Ok(Some(Columns { name: self.schema.name().to_owned(), fields, data }))
    }
}

/// Reads a whole file.
///
/// # Errors
/// As [`read`].
pub fn read_all(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Columns> {
    let mut whole: Option<Columns> = None;
    read(path, wanted, |part| match &mut whole {
        None => whole = Some(part),
        Some(whole) => whole.data.iter_mut().zip(&part.data).for_each(|(to, from)| to.append(from)),
    })?;
    Ok(whole.unwrap_or_else(|| Columns { name: String::new(), fields: Vec::new(), data: Vec::new() }))
}

fn read_column(group: &dyn RowGroupReader, place: usize) -> Result<Data> {
    let rows = usize::try_from(group.metadata().num_rows())?;
    Ok(match group.get_column_reader(place)? {
        ColumnReader::ByteArrayColumnReader(mut reader) => {
            let mut values = Vec::with_capacity(rows);
            reader.read_records(rows, None, None, &mut values)?;
            let mut names: std::collections::BTreeMap<&[u8], u32> = std::collections::BTreeMap::new();
            let mut list = Vec::new();
            let mut places = Vec::with_capacity(rows);
            for value in &values {
                let next = list.len() as u32;
                let place = *names.entry(value.data()).or_insert(next);
                if place == next {
                    list.push(value.as_utf8()?.to_owned());
                }
                places.push(place);
            }
            Data::Text { names: list, rows: places }
        }
        ColumnReader::Int32ColumnReader(mut reader) => {
            let mut values = Vec::with_capacity(rows);
            reader.read_records(rows, None, None, &mut values)?;
            Data::Int(values)
        }
        ColumnReader::Int64ColumnReader(mut reader) => {
            let mut values = Vec::with_capacity(rows);
            reader.read_records(rows, None, None, &mut values)?;
            Data::Count(values.into_iter().map(i64::cast_unsigned).collect())
        }
        ColumnReader::DoubleColumnReader(mut reader) => {
            let optional = group.metadata().column(place).column_descr().max_def_level() > 0;
            let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::new());
            reader.read_records(rows, optional.then_some(&mut levels), None, &mut values)?;
            if optional {
                let mut present = values.into_iter();
                let missing = |level: &i16| if *level == 0 { Some(f64::NAN) } else { present.next() };
                Data::Real(levels.iter().map_while(missing).collect())
            } else {
                Data::Real(values)
            }
        }
        _ => return Err(ParquetError::General("a column of a foreign kind".into())),
    })
}

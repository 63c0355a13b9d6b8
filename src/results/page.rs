//! Pages of a Parquet column with a CRC-32 of their bytes in the header.

use std::io::Write;

use parquet::basic::Encoding;
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::errors::{ParquetError, Result};

/// Writes the pages of one column chunk, each behind a header that holds its checksum.
pub(super) struct CheckedPages<'a> {
    chunk: &'a mut Vec<u8>,
}

impl<'a> CheckedPages<'a> {
    pub(super) fn new(chunk: &'a mut Vec<u8>) -> Self {
        Self { chunk }
    }
}

impl PageWriter for CheckedPages<'_> {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        let offset = self.chunk.len() as u64;
        let header = header(&page)?;
        self.chunk.write_all(&header)?;
        self.chunk.write_all(page.data())?;
        let mut spec = PageWriteSpec::new();
        spec.page_type = page.page_type();
        spec.uncompressed_size = page.uncompressed_size() + header.len();
        spec.compressed_size = page.compressed_size() + header.len();
        spec.num_values = page.num_values();
        spec.offset = offset;
        spec.bytes_written = self.chunk.len() as u64 - offset;
        Ok(spec)
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The `PageHeader` of [parquet.thrift] in Thrift's compact protocol, with the optional checksum and without statistics.
///
/// [parquet.thrift]: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
fn header(page: &CompressedPage) -> Result<Vec<u8>> {
    let mut out = Compact::default();
    out.int(1, page.page_type() as i32);
    out.int(2, size(page.uncompressed_size())?);
    out.int(3, size(page.compressed_size())?);
    out.int(4, crc32fast::hash(page.data()).cast_signed());
    match page.compressed_page() {
        Page::DataPage { num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
            out.begin(5);
            out.int(1, size(*num_values as usize)?);
            out.int(2, code(*encoding)?);
            out.int(3, code(*def_level_encoding)?);
            out.int(4, code(*rep_level_encoding)?);
        }
        Page::DictionaryPage { num_values, encoding, is_sorted, .. } => {
            out.begin(7);
            out.int(1, size(*num_values as usize)?);
            out.int(2, code(*encoding)?);
            out.flag(3, *is_sorted);
        }
        Page::DataPageV2 { .. } => return Err(ParquetError::NYI("pages of version 2".into())),
    }
    out.end();
    out.end();
    Ok(out.bytes)
}

fn size(bytes: usize) -> Result<i32> {
    i32::try_from(bytes).map_err(|_| ParquetError::General(format!("a page of {bytes} bytes is too large")))
}

fn code(encoding: Encoding) -> Result<i32> {
    match encoding {
        Encoding::PLAIN => Ok(0),
        Encoding::PLAIN_DICTIONARY => Ok(2),
        Encoding::RLE => Ok(3),
        Encoding::RLE_DICTIONARY => Ok(8),
        other => Err(ParquetError::NYI(format!("pages encoded as {other}"))),
    }
}

/// Structs in Thrift's compact protocol: a field is a byte of (step of the field id, type) and its value.
#[derive(Default)]
struct Compact {
    bytes: Vec<u8>,
    last: i16,
}

impl Compact {
    fn field(&mut self, id: i16, kind: u8) {
        let step = u8::try_from(id - self.last).expect("bug: fields out of order");
        self.bytes.push(step << 4 | kind);
        self.last = id;
    }

    fn int(&mut self, id: i16, value: i32) {
        self.field(id, 5);
        let mut zigzag = (value << 1 ^ value >> 31).cast_unsigned();
        while zigzag >= 0x80 {
            self.bytes.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        self.bytes.push(zigzag as u8);
    }

    fn flag(&mut self, id: i16, value: bool) {
        self.field(id, if value { 1 } else { 2 });
    }

    /// Begins the struct in a field; the enclosing one ends after it, so its last id need not be kept.
    fn begin(&mut self, id: i16) {
        self.field(id, 12);
        self.last = 0;
    }

    fn end(&mut self) {
        self.bytes.push(0);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::Compact;
    use crate::results::columns::{Columns, Data, Field, Kind};
    use crate::results::table_file::{Groups, Writer, read_all};

    fn sample(rows: usize) -> Columns {
        let kinds = [Kind::Text, Kind::Count, Kind::Week, Kind::Date, Kind::Real, Kind::RealOrMissing];
        let names = ["arm", "seed", "week", "date", "price_usd_per_t", "wait_weeks"];
        Columns {
            name: "sample".into(),
            fields: names.into_iter().zip(kinds).map(|(name, kind)| Field::new(name, kind)).collect(),
            data: vec![
                Data::Text {
                    names: vec!["open".into(), "ban".into()],
                    rows: (0..rows).map(|i| i as u32 / 7 % 2).collect(),
                },
                Data::Count((0..rows as u64).map(|i| u64::MAX - i / 7).collect()),
                Data::Int((0..rows as i32).collect()),
                Data::Int((0..rows as i32).map(|i| 19_723 + 7 * i).collect()),
                Data::Real((0..rows).map(|i| 25_000.0 + libm::sin(i as f64) * 1e3).collect()),
                Data::Real((0..rows).map(|i| if i % 3 == 0 { f64::NAN } else { i as f64 }).collect()),
            ],
        }
    }

    fn write(path: &Path, table: &Columns) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), &table.name, &table.fields).expect("a file");
        writer.push(&table.data).expect("rows");
        let (bytes, rows) = writer.finish().expect("a footer");
        assert_eq!(rows, table.rows() as u64);
        std::fs::write(path, &bytes).expect("a disk");
        bytes
    }

    fn same(a: &Columns, b: &Columns) -> bool {
        a.fields == b.fields
            && a.rows() == b.rows()
            && a.data.iter().zip(&b.data).all(|(x, y)| (0..x.len()).all(|row| x.same_row(row, y, row)))
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sample.parquet");
        for rows in [1, 100, 300_000] {
            let table = sample(rows);
            let bytes = write(&path, &table);
            assert!(same(&read_all(&path, |_| true).expect("a sound file"), &table), "{rows}");
            assert_eq!(bytes, write(&path, &table));
        }
        let narrow = read_all(&path, |name| name == "week").expect("a sound file");
        assert_eq!((narrow.fields.len(), narrow.rows()), (1, 300_000));
    }

    /// Where the bytes under a checksum lie: a page's header names the CRC-32 of what follows it.
    fn checked_bytes(path: &Path, file: &[u8]) -> Vec<std::ops::Range<usize>> {
        let reader = SerializedFileReader::new(std::fs::File::open(path).expect("a file")).expect("a sound file");
        let mut found = Vec::new();
        for column in reader.metadata().row_group(0).columns() {
            let data = column.data_page_offset() as usize;
            let (start, length) = column.byte_range();
            let mut pages = vec![(data, (start + length) as usize)];
            pages.extend(column.dictionary_page_offset().map(|at| (at as usize, data)));
            for (begin, end) in pages {
                let names_its_checksum = |body: &usize| {
                    let mut number = Compact::default();
                    number.int(1, crc32fast::hash(&file[*body..end]).cast_signed());
                    file[begin..*body].windows(number.bytes.len() - 1).any(|bytes| bytes == &number.bytes[1..])
                };
                let body = (begin + 10..end.min(begin + 60)).find(names_its_checksum).expect("a page with a checksum");
                found.push(body..end);
            }
        }
        found
    }

    #[test]
    fn a_reader_finds_every_flipped_bit_of_every_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sample.parquet");
        let good = write(&path, &sample(60));
        let pages = checked_bytes(&path, &good);
        assert_eq!(pages.len(), 6 + 3, "a page a column, and a dictionary for text, week and date");
        for at in pages.into_iter().flatten() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let mut groups = Groups::open(bytes::Bytes::from(bad)).expect("a sound footer");
                let error = groups.next(&|_: &str| true).expect_err("a damaged page").to_string();
                assert!(error.contains("CRC"), "byte {at}, bit {bit}: {error}");
            }
        }
    }
}

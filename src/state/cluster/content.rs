//! How bytes lie in a ConfigMap: readable if they are few, compressed if they are many, in parts if they are too many.
//!
//! A ConfigMap may hold 1 MiB. Parts are named by their content and created before the object that lists them, so that
//! this one object is still the place of every compare-and-set.

use evenkeel_core::engine::fingerprint::Digest;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use std::collections::BTreeMap;
use std::io::{Read, Result, Write};

/// Up to here text stays text, for people with `kubectl`.
const READABLE: usize = 1 << 10;

/// No object is larger than this; a quarter of the server's limit is left for names, labels and managed fields.
const PART: usize = 768 << 10;

/// Nothing of ours is larger when it is unpacked; what is, was not written by us.
const UNPACKED: u64 = 1 << 30;

const CONTENT: &str = "content";
const PARTS: &str = "parts";

/// What goes into the data of a ConfigMap.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Data {
    pub(super) text: BTreeMap<String, String>,
    pub(super) binary: BTreeMap<String, ByteString>,
}

/// Bytes, laid out.
pub(super) struct Packed {
    /// Of the object itself.
    pub(super) main: Data,
    /// Of the parts, by what their names end with; created first.
    pub(super) parts: Vec<(String, Data)>,
}

/// What an object says of its content.
pub(super) enum Unpacked {
    /// All of it.
    Whole(Vec<u8>),
    /// The names of the parts, in order.
    Parts(Vec<String>),
}

/// Lays bytes out; `owner` is the name of the object they belong to.
pub(super) fn pack(owner: &str, bytes: &[u8]) -> Result<Packed> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && bytes.len() <= READABLE
    {
        let main = Data { text: [(CONTENT.to_owned(), text.to_owned())].into(), ..Data::default() };
        return Ok(Packed { main, parts: Vec::new() });
    }
    let compressed = compress(bytes)?;
    if compressed.len() <= PART {
        return Ok(Packed { main: binary(&compressed), parts: Vec::new() });
    }
    let lay_out = |part: &[u8]| (format!("{owner}.part.{}", Digest::of([part]).short(24)), binary(part));
    let parts: Vec<(String, Data)> = compressed.chunks(PART).map(lay_out).collect();
    let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let main = Data { text: [(PARTS.to_owned(), names.join("\n"))].into(), ..Data::default() };
    Ok(Packed { main, parts })
}

/// Reads what an object says of its content; nothing if it is not laid out as [`pack`] does it.
pub(super) fn unpack(object: &ConfigMap) -> Option<Result<Unpacked>> {
    let text = |key| object.data.as_ref().and_then(|data| data.get(key));
    if let Some(text) = text(CONTENT) {
        return Some(Ok(Unpacked::Whole(text.clone().into_bytes())));
    }
    if let Some(names) = text(PARTS) {
        return Some(Ok(Unpacked::Parts(names.lines().map(str::to_owned).collect())));
    }
    Some(decompress(compressed(object)?).map(Unpacked::Whole))
}

/// Puts parts together again; nothing if one of them is none.
pub(super) fn join<'a>(parts: impl IntoIterator<Item = &'a ConfigMap>) -> Option<Result<Vec<u8>>> {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend_from_slice(compressed(part)?);
    }
    Some(decompress(&whole))
}

/// Returns the object that a part belongs to, by the part's name.
pub(super) fn owner(name: &str) -> Option<&str> {
    name.split_once(".part.").map(|(owner, _)| owner)
}

fn compressed(object: &ConfigMap) -> Option<&[u8]> {
    object.binary_data.as_ref()?.get(CONTENT).map(|bytes| bytes.0.as_slice())
}

fn binary(bytes: &[u8]) -> Data {
    Data { binary: [(CONTENT.to_owned(), ByteString(bytes.to_vec()))].into(), ..Data::default() }
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 8), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut whole = Vec::with_capacity(bytes.len() * 4);
    GzDecoder::new(bytes).take(UNPACKED).read_to_end(&mut whole)?;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(data: Data) -> ConfigMap {
        ConfigMap { data: Some(data.text), binary_data: Some(data.binary), ..ConfigMap::default() }
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let step = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            Some(state.to_le_bytes()[7])
        };
        std::iter::repeat_n((), length).scan(1, |state, ()| step(state)).collect()
    }

    fn read_back(packed: Packed) -> Vec<u8> {
        let parts: BTreeMap<String, ConfigMap> =
            packed.parts.into_iter().map(|(name, data)| (name, object(data))).collect();
        match unpack(&object(packed.main)).expect("is laid out").expect("decompresses") {
            Unpacked::Whole(bytes) => bytes,
            Unpacked::Parts(names) => {
                join(names.iter().map(|name| &parts[name])).expect("parts").expect("whole")
            }
        }
    }

    #[test]
    fn bytes_of_any_size_come_back() {
        for length in [0, 1, READABLE, READABLE + 1, PART, 3 * PART + 7] {
            let bytes = noise(length);
            assert_eq!(read_back(pack("owner", &bytes).expect("packs")), bytes, "{length}");
        }
    }

    #[test]
    fn no_object_comes_near_the_limit_of_the_server() {
        let packed = pack("owner", &noise(5 << 20)).expect("packs");
        assert!(packed.parts.len() > 5);
        assert!(packed.parts.iter().all(|(_, data)| data.binary[CONTENT].0.len() <= PART));
        assert!(packed.parts.iter().all(|(name, _)| owner(name) == Some("owner")));
    }

    #[test]
    fn what_is_short_stays_readable() {
        let packed = pack("owner", br#"{"reason":"maintenance"}"#).expect("packs");
        assert_eq!(packed.main.text[CONTENT], r#"{"reason":"maintenance"}"#);
    }
}

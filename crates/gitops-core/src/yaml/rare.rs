//! Bytes that hardly any text has.

/// How many bytes are looked at without a branch for each.
const MANY: usize = 64;

/// Where the first byte stands that looks `suspect` and at whose place `is_rare` holds.
pub(super) fn find(
    bytes: &[u8],
    suspect: impl Fn(u8) -> bool,
    is_rare: impl Fn(usize) -> bool,
) -> Option<usize> {
    let has_suspect = |chunk: &[u8]| {
        let bytes = chunk.iter();
        bytes.fold(false, |found, byte| found | suspect(*byte))
    };
    let chunks = bytes.chunks(MANY).enumerate();
    let mut suspicious = chunks.filter(|(_, chunk)| has_suspect(chunk));
    suspicious.find_map(|(number, chunk)| {
        let places = number * MANY..number * MANY + chunk.len();
        places
            .into_iter()
            .find(|at| suspect(bytes[*at]) && is_rare(*at))
    })
}

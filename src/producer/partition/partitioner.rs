//! Which partition a message without one goes to. The hash functions give the same values as librdkafka's, so
//! keys stay on their partitions when a program changes libraries.

use crate::conf::Partitioner;

/// Value-identical to librdkafka's `consistent`: CRC-32 (ISO-HDLC, as in zlib) of the key.
#[must_use]
pub fn consistent(key: &[u8], partitions: i32) -> i32 {
    modulo(crc32fast::hash(key), partitions)
}

/// The Java client's default: murmur2 of the key, made positive.
#[must_use]
pub fn murmur2(key: &[u8], partitions: i32) -> i32 {
    modulo(murmur2_hash(key) & 0x7fff_ffff, partitions)
}

/// FNV-1a of the key, as Sarama uses it (librdkafka takes the absolute value of the signed hash).
#[must_use]
pub fn fnv1a(key: &[u8], partitions: i32) -> i32 {
    modulo(fnv1a_hash(key), partitions)
}

fn modulo(hash: u32, partitions: i32) -> i32 {
    let n = u32::try_from(partitions).unwrap_or(1).max(1);
    i32::try_from(hash % n).unwrap_or(0)
}

/// murmur2 with Kafka's seed (`org.apache.kafka.common.utils.Utils.murmur2`).
#[must_use]
pub fn murmur2_hash(key: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;
    let mut h = SEED ^ key.len() as u32;
    let (words, rest) = key.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> R;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (i, b) in rest.iter().enumerate() {
            h ^= u32::from(*b) << (8 * i);
        }
        h = h.wrapping_mul(M);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(M);
    h ^ (h >> 15)
}

/// FNV-1a, 32 bits, then the absolute value as a signed number.
#[must_use]
pub fn fnv1a_hash(key: &[u8]) -> u32 {
    let h = key.iter().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193));
    h.cast_signed().wrapping_abs().cast_unsigned()
}

/// What a partitioner decides for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Partition(i32),
    /// Any available one.
    Random,
}

/// The built-in partitioners. The `random` halves treat keys as librdkafka does: `consistent_random` spreads
/// empty keys as well, the others spread NULL keys only.
#[must_use]
pub fn choose(partitioner: Partitioner, key: Option<&[u8]>, partitions: i32) -> Choice {
    let bytes = key.unwrap_or_default();
    match partitioner {
        Partitioner::Random => Choice::Random,
        Partitioner::Consistent => Choice::Partition(consistent(bytes, partitions)),
        Partitioner::ConsistentRandom if bytes.is_empty() => Choice::Random,
        Partitioner::ConsistentRandom => Choice::Partition(consistent(bytes, partitions)),
        Partitioner::Murmur2Random if key.is_none() => Choice::Random,
        Partitioner::Murmur2 | Partitioner::Murmur2Random => Choice::Partition(murmur2(bytes, partitions)),
        Partitioner::Fnv1aRandom if key.is_none() => Choice::Random,
        Partitioner::Fnv1a | Partitioner::Fnv1aRandom => Choice::Partition(fnv1a(bytes, partitions)),
    }
}

/// Whether a message with this key may share the sticky partition (KIP-480 as librdkafka applies it): not
/// with the partitioners that give every key its place, a missing one too; `None` is one of the
/// application's.
#[must_use]
pub fn is_sticky(partitioner: Option<Partitioner>, key: Option<&[u8]>) -> bool {
    match partitioner {
        Some(Partitioner::Consistent | Partitioner::Murmur2 | Partitioner::Fnv1a) => false,
        Some(Partitioner::ConsistentRandom) => key.is_none_or(<[u8]>::is_empty),
        _ => key.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_agrees_with_the_java_client() {
        // The vectors of Kafka's own UtilsTest.testMurmur2.
        for (key, hash) in [
            ("21", -973_932_308_i32),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2_hash(key.as_bytes()).cast_signed(), hash, "{key}");
        }
    }

    #[test]
    fn crc32_is_the_zlib_one() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn empty_and_missing_keys() {
        use Partitioner as P;
        assert_eq!(choose(P::ConsistentRandom, Some(b""), 10), Choice::Random);
        assert_eq!(choose(P::Murmur2Random, None, 10), Choice::Random);
        assert!(matches!(choose(P::Murmur2Random, Some(b""), 10), Choice::Partition(_)));
        assert!(matches!(choose(P::Consistent, None, 10), Choice::Partition(_)));
    }

    #[test]
    fn only_what_has_no_place_of_its_own_is_sticky() {
        use Partitioner as P;
        for p in [P::Random, P::ConsistentRandom, P::Murmur2Random, P::Fnv1aRandom] {
            assert!(is_sticky(Some(p), None) && !is_sticky(Some(p), Some(b"k")), "{p:?}");
            assert_eq!(is_sticky(Some(p), Some(b"")), p == P::ConsistentRandom, "{p:?}");
        }
        for p in [P::Consistent, P::Murmur2, P::Fnv1a] {
            assert!(!is_sticky(Some(p), None), "{p:?}");
        }
        assert!(is_sticky(None, None) && !is_sticky(None, Some(b"")));
    }
}

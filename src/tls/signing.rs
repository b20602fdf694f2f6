//! Signatures for OAuth assertions (RFC 7518).

use super::error::OpensslError;
use crate::auth::oauthbearer::oidc::Algorithm;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sha::sha256;
use openssl::sign::Signer;

/// Bytes of each of the two numbers of an ES256 signature.
const ES256_NUMBER: i32 = 32;

/// Signs with a private key (PEM), encrypted with the passphrase or not at all.
///
/// # Errors
/// The text says what is wrong with the key.
pub fn sign(algorithm: Algorithm, pem: &[u8], passphrase: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
    let explain = |what: &str| {
        let what = what.to_owned();
        move |e: ErrorStack| format!("{what}: {}", OpensslError::of(&e).last)
    };
    // With a passphrase, if only an empty one, OpenSSL does not ask for one at the terminal.
    let key = PKey::private_key_from_pem_passphrase(pem, passphrase)
        .map_err(explain("Failed to load private key"))?;
    match algorithm {
        Algorithm::Rs256 => rs256(&key, data),
        Algorithm::Es256 => es256(&key, data),
    }
    .map_err(|why| match why {
        None => format!("The private key is of another kind than {} needs", algorithm.name()),
        Some(e) => explain("Failed to sign JWT")(e),
    })
}

/// `None` in place of an error: the key is not of the right kind.
fn rs256(key: &PKey<Private>, data: &[u8]) -> Result<Vec<u8>, Option<ErrorStack>> {
    if key.rsa().is_err() {
        return Err(None);
    }
    Ok(Signer::new(MessageDigest::sha256(), key)?.sign_oneshot_to_vec(data)?)
}

fn es256(key: &PKey<Private>, data: &[u8]) -> Result<Vec<u8>, Option<ErrorStack>> {
    let key = key.ec_key().ok().filter(|k| k.group().curve_name() == Some(Nid::X9_62_PRIME256V1));
    let signature = EcdsaSig::sign(&sha256(data), &*key.ok_or(None)?)?;
    let mut out = signature.r().to_vec_padded(ES256_NUMBER)?;
    out.extend(signature.s().to_vec_padded(ES256_NUMBER)?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::bn::BigNum;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::rsa::Rsa;
    use openssl::sign::Verifier;
    use openssl::symm::Cipher;

    fn ec(curve: Nid) -> PKey<Private> {
        let group = EcGroup::from_curve_name(curve).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    }

    fn pem(key: &PKey<Private>) -> Vec<u8> {
        key.private_key_to_pem_pkcs8().unwrap()
    }

    #[test]
    fn others_can_verify_the_signatures() {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let signature = sign(Algorithm::Rs256, &pem(&key), b"", b"data").unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
        assert!(verifier.verify_oneshot(&signature, b"data").unwrap());

        let key = ec(Nid::X9_62_PRIME256V1);
        let signature = sign(Algorithm::Es256, &pem(&key), b"", b"data").unwrap();
        assert_eq!(signature.len(), 64);
        let number = |at: usize| BigNum::from_slice(&signature[at..at + 32]).unwrap();
        let signature = EcdsaSig::from_private_components(number(0), number(32)).unwrap();
        assert!(signature.verify(&sha256(b"data"), &key.ec_key().unwrap()).unwrap());
    }

    #[test]
    fn keys_may_be_encrypted() {
        let key = ec(Nid::X9_62_PRIME256V1);
        let pem = key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"hush").unwrap();
        assert!(sign(Algorithm::Es256, &pem, b"hush", b"data").is_ok());
        for wrong in [&b"wrong"[..], b""] {
            let why = sign(Algorithm::Es256, &pem, wrong, b"data").unwrap_err();
            assert!(why.starts_with("Failed to load private key: error:"), "{why}");
        }
    }

    #[test]
    fn keys_of_another_kind_are_refused() {
        let other = |key, algorithm| {
            let why = sign(algorithm, &pem(&key), b"", b"data").unwrap_err();
            assert_eq!(why, format!("The private key is of another kind than {} needs", algorithm.name()));
        };
        other(ec(Nid::X9_62_PRIME256V1), Algorithm::Rs256);
        other(ec(Nid::SECP384R1), Algorithm::Es256);
        other(PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(), Algorithm::Es256);
        assert!(sign(Algorithm::Rs256, b"garbage", b"", b"data").is_err());
    }
}

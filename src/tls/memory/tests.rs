use super::*;
use crate::tls::issue::Issued;
use openssl::nid::Nid;
use openssl::stack::Stack;
use openssl::symm::Cipher;

/// A key and certificate in all encodings.
struct Material {
    key: PKey<Private>,
    certificate: X509,
    authority: X509,
}

impl Material {
    fn new() -> Self {
        let authority = Issued::authority("authority").unwrap();
        let own = authority.issue("client", &["client.example"]).unwrap();
        Self {
            key: PKey::private_key_from_pem(&own.key_pem().unwrap()).unwrap(),
            certificate: X509::from_pem(&own.certificate_pem().unwrap()).unwrap(),
            authority: X509::from_pem(&authority.certificate_pem().unwrap()).unwrap(),
        }
    }

    fn keystore(&self, password: &str) -> Vec<u8> {
        let mut authorities = Stack::new().unwrap();
        authorities.push(self.authority.clone()).unwrap();
        let mut builder = Pkcs12::builder();
        builder.pkey(&self.key).cert(&self.certificate).ca(authorities);
        builder.build2(password).unwrap().to_der().unwrap()
    }
}

fn none() -> Password {
    Password::default()
}

fn sesame() -> Password {
    Password::new(b"sesame")
}

fn certificate_in(pem: &str) -> X509 {
    X509::from_pem(pem.as_bytes()).unwrap()
}

#[test]
fn all_encodings_give_the_same_certificate_and_key() {
    let own = Material::new();
    let store = own.keystore("sesame");
    let (pem, der) = (own.certificate.to_pem().unwrap(), own.certificate.to_der().unwrap());
    for (encoding, bytes) in [(Encoding::Pem, &pem), (Encoding::Der, &der), (Encoding::Pkcs12, &store)] {
        let read = read(Use::Certificate, encoding, bytes, &sesame()).unwrap();
        assert_eq!(certificate_in(&read).to_der().unwrap(), der, "{encoding:?}");
    }
    let pem = own.key.private_key_to_pem_pkcs8().unwrap();
    let encrypted = own.key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"sesame").unwrap();
    let der = own.key.private_key_to_der().unwrap();
    let encodings = [
        (Encoding::Pem, &pem),
        (Encoding::Pem, &encrypted),
        (Encoding::Der, &der),
        (Encoding::Pkcs12, &store),
    ];
    for (encoding, bytes) in encodings {
        let read = read(Use::Key, encoding, bytes, &sesame()).unwrap();
        let key = PKey::private_key_from_pem(read.as_bytes()).unwrap();
        assert!(key.public_eq(&own.key), "{encoding:?}");
    }
    let pem = own.authority.to_pem().unwrap();
    let der = own.authority.to_der().unwrap();
    for (encoding, bytes) in [(Encoding::Pem, &pem), (Encoding::Der, &der), (Encoding::Pkcs12, &store)] {
        let read = read(Use::Authorities, encoding, bytes, &sesame()).unwrap();
        assert_eq!(certificate_in(&read).to_der().unwrap(), der, "{encoding:?}");
    }
}

#[test]
fn several_authorities_are_read_and_what_stands_between_them_is_not() {
    let (one, other) = (Material::new(), Material::new());
    let key = one.key.private_key_to_pem_pkcs8().unwrap();
    let pem = [key, one.authority.to_pem().unwrap(), other.authority.to_pem().unwrap()].concat();
    let read = read(Use::Authorities, Encoding::Pem, &pem, &none()).unwrap();
    assert_eq!(certificates(&read).len(), 2);
    assert!(!read.contains("PRIVATE"));
}

#[test]
fn a_password_need_not_be_utf_8() {
    // What OpenSSL makes of it is Latin 1: so the same file opens with the text in UTF-8.
    let own = Material::new();
    let mut builder = Pkcs12::builder();
    // The older algorithms: the newer ones take the bytes of the password as they are.
    builder.pkey(&own.key).cert(&own.certificate);
    builder.key_algorithm(Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC);
    builder.cert_algorithm(Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC);
    let store = builder.build2("caf\u{e9}").unwrap().to_der().unwrap();
    let found = read(Use::Key, Encoding::Pkcs12, &store, &Password::new(b"caf\xe9"));
    assert!(found.is_ok(), "{found:?}");
    assert!(read(Use::Key, Encoding::Pkcs12, &store, &Password::new(b"caf\xe8")).is_err());
}

#[test]
fn what_cannot_be_read_is_named_with_openssls_reason() {
    let own = Material::new();
    let said = |what, encoding, bytes: &[u8], password: &Password| {
        read(what, encoding, bytes, password).unwrap_err()
    };
    let text = said(Use::Certificate, Encoding::Pem, b"garbage", &none());
    assert!(
        text.starts_with("Failed to read PEM public-key (encoding PEM): 75497580:PEM routines:get_name:"),
        "{text}"
    );
    assert!(text.ends_with(": Expecting: CERTIFICATE"), "{text}");
    let text = said(Use::Key, Encoding::Der, b"garbage", &none());
    let expected = "Failed to read DER / X.509 ASN.1 and convert to EVP_PKEY private-key (encoding DER): ";
    assert!(text.starts_with(expected), "{text}");
    let text = said(Use::Authorities, Encoding::Pkcs12, &own.keystore("sesame"), &none());
    assert!(text.starts_with("Failed to parse PKCS#12 CA (encoding PKCS#12): "), "{text}");
    assert!(text.ends_with(": mac verify failure"), "{text}");
    let encrypted = own.key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"sesame").unwrap();
    let text = said(Use::Key, Encoding::Pem, &encrypted, &none());
    assert!(text.starts_with("Failed to read PEM private-key (encoding PEM): "), "{text}");
    assert!(text.ends_with(": bad password read"), "{text}");

    let mut builder = Pkcs12::builder();
    builder.cert(&own.certificate);
    let no_key = builder.build2("sesame").unwrap().to_der().unwrap();
    let text = said(Use::Key, Encoding::Pkcs12, &no_key, &sesame());
    assert_eq!(text, "Failed to retrieve private key private-key (encoding PKCS#12): ");
    let text = said(Use::Certificate, Encoding::Pkcs12, &no_key, &sesame());
    assert_eq!(text, "Failed to retrieve public key public-key (encoding PKCS#12): ");
    let mut builder = Pkcs12::builder();
    builder.pkey(&own.key).cert(&own.certificate);
    let no_authority = builder.build2("sesame").unwrap().to_der().unwrap();
    let text = said(Use::Authorities, Encoding::Pkcs12, &no_authority, &sesame());
    assert_eq!(text, "Failed to retrieve at least one CA cert from PKCS#12 CA (encoding PKCS#12): ");
}

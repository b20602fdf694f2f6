use super::*;
use crate::base::error::ErrorCode;
use crate::base::log::Lines;
use crate::conf::{OwnIdentity, Trust};
use crate::tls::Callee;
use crate::tls::context::saved_session;
use crate::tls::issue::Issued;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::x509::X509;
use std::cell::Cell;

/// A folder of this test's own, gone when it is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rdkafka-rotation-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Puts another file in the place of one, as careful programs do.
    fn replace(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join("new"), bytes).unwrap();
        fs::rename(self.0.join("new"), self.0.join(name)).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Rig {
    folder: Folder,
    lines: Lines,
    contexts: Contexts,
}

impl Rig {
    fn new(folder: Folder, settings: &TlsSettings) -> Self {
        let lines = Lines::default();
        let log = lines.logger(0);
        let contexts = Contexts::new(settings, None, &log).unwrap();
        Self { folder, lines, contexts }
    }

    /// A client with a key and a certificate in files.
    fn with_pair(name: &str, own: &Issued) -> Self {
        let folder = Folder::new(name);
        folder.replace("own.pem", &own.certificate_pem().unwrap());
        folder.replace("own.key", &own.key_pem().unwrap());
        let settings = TlsSettings {
            own: OwnIdentity {
                certificate_location: Some(folder.path("own.pem")),
                key_location: Some(folder.path("own.key")),
                ..OwnIdentity::default()
            },
            trust: no_authorities(),
            ..TlsSettings::default()
        };
        Self::new(folder, &settings)
    }

    /// Whose certificate the next connection shows.
    fn shown(&self) -> Vec<u8> {
        let complaint = Arc::new(Mutex::new(Rank::Leaf, None));
        let context = self.contexts.current();
        let ssl =
            context.connection("broker.example", &Callee::default(), &saved_session(), &complaint).unwrap();
        ssl.certificate().unwrap().to_der().unwrap()
    }

    /// Whether the next connection has another context than the last one, and that is kept afterwards.
    fn has_changed(&self) -> bool {
        let before = self.contexts.latest();
        let now = self.contexts.current();
        for _ in 0..3 {
            assert!(Arc::ptr_eq(&now, &self.contexts.current()), "read again, although nothing has changed");
        }
        !Arc::ptr_eq(&before, &now)
    }

    fn lines(&self) -> Vec<String> {
        self.lines.take()
    }
}

/// One that does not read the system's.
fn no_authorities() -> Trust {
    let pem = Issued::authority("none").unwrap().certificate_pem().unwrap();
    Trust { ca_pem: Some(String::from_utf8(pem).unwrap()), verifies: true, ..Trust::default() }
}

fn pair(name: &str) -> Issued {
    Issued::authority("authority").unwrap().issue(name, &["client.example"]).unwrap()
}

fn der(own: &Issued) -> Vec<u8> {
    X509::from_pem(&own.certificate_pem().unwrap()).unwrap().to_der().unwrap()
}

#[test]
fn a_new_pair_is_used_by_new_connections_and_read_once() {
    let (old, new) = (pair("old"), pair("new"));
    let rig = Rig::with_pair("pair", &old);
    assert!(!rig.has_changed());
    assert_eq!(rig.shown(), der(&old));
    rig.folder.replace("own.pem", &new.certificate_pem().unwrap());
    rig.folder.replace("own.key", &new.key_pem().unwrap());
    assert!(rig.has_changed());
    assert_eq!(rig.shown(), der(&new));
    assert_eq!(rig.lines(), [""; 0]);
}

#[test]
fn a_file_that_is_rewritten_in_its_place_is_noticed() {
    let (old, new) = (pair("old"), pair("of another length"));
    let rig = Rig::with_pair("rewritten", &old);
    fs::write(rig.folder.path("own.pem"), new.certificate_pem().unwrap()).unwrap();
    fs::write(rig.folder.path("own.key"), new.key_pem().unwrap()).unwrap();
    assert_eq!(rig.shown(), der(&new));
}

#[test]
fn half_a_pair_changes_nothing_and_is_logged_once() {
    let (old, new) = (pair("old"), pair("new"));
    let rig = Rig::with_pair("half", &old);
    rig.folder.replace("own.pem", &new.certificate_pem().unwrap());
    assert!(!rig.has_changed());
    assert_eq!(rig.shown(), der(&old));
    let lines = rig.lines();
    let begin = format!(
        "4 SSL Cannot use the changed ssl.certificate.location ({}), going on with what was there before: \
         ssl.key.location failed: ",
        rig.folder.path("own.pem")
    );
    assert!(matches!(&lines[..], [line] if line.starts_with(&begin)), "{lines:?}");
    // The same trouble again is no news.
    rig.folder.replace("own.pem", &new.certificate_pem().unwrap());
    assert!(!rig.has_changed());
    assert_eq!(rig.lines(), [""; 0]);
    rig.folder.replace("own.key", &new.key_pem().unwrap());
    assert!(rig.has_changed());
    assert_eq!(rig.shown(), der(&new));
    // The next trouble is.
    rig.folder.replace("own.key", b"half a k");
    assert!(!rig.has_changed());
    assert_eq!(rig.lines().len(), 1);
    assert_eq!(rig.shown(), der(&new));
}

#[test]
fn a_file_that_is_gone_for_a_while_is_not_missed() {
    let (old, new) = (pair("old"), pair("new"));
    let rig = Rig::with_pair("gone", &old);
    fs::remove_file(rig.folder.path("own.key")).unwrap();
    assert!(!rig.has_changed());
    let lines = rig.lines();
    assert!(matches!(&lines[..], [line] if line.contains("ssl.key.location")), "{lines:?}");
    assert_eq!(rig.shown(), der(&old));
    rig.folder.replace("own.pem", &new.certificate_pem().unwrap());
    rig.folder.replace("own.key", &new.key_pem().unwrap());
    assert_eq!(rig.shown(), der(&new));
}

#[test]
fn a_new_keystore_is_used() {
    let store = |own: &Issued| {
        let key = PKey::private_key_from_pem(&own.key_pem().unwrap()).unwrap();
        let certificate = X509::from_pem(&own.certificate_pem().unwrap()).unwrap();
        let mut builder = Pkcs12::builder();
        builder.pkey(&key).cert(&certificate);
        builder.build2("sesame").unwrap().to_der().unwrap()
    };
    let (old, new, folder) = (pair("old"), pair("new"), Folder::new("keystore"));
    folder.replace("own.p12", &store(&old));
    let own = OwnIdentity {
        keystore_location: Some(folder.path("own.p12")),
        keystore_password: Some(crate::auth::credentials::Password::new(b"sesame")),
        ..OwnIdentity::default()
    };
    let rig = Rig::new(folder, &TlsSettings { own, trust: no_authorities(), ..TlsSettings::default() });
    assert_eq!(rig.shown(), der(&old));
    rig.folder.replace("own.p12", &store(&new));
    assert_eq!(rig.shown(), der(&new));
}

#[test]
fn authorities_in_files_and_folders_are_watched() {
    let authority = |name: &str| Issued::authority(name).unwrap().certificate_pem().unwrap();
    let folder = Folder::new("authorities");
    folder.replace("ca.pem", &authority("one"));
    let trust = Trust { ca_location: Some(folder.path("ca.pem")), verifies: true, ..Trust::default() };
    let rig = Rig::new(folder, &TlsSettings { trust, ..TlsSettings::default() });
    assert!(!rig.has_changed());
    rig.folder.replace("ca.pem", &authority("two"));
    assert!(rig.has_changed());
    rig.folder.replace("ca.pem", b"garbage");
    assert!(!rig.has_changed());
    assert_eq!(rig.lines().len(), 1);

    let folder = Folder::new("authorities-folder");
    fs::create_dir(folder.path("cas")).unwrap();
    folder.replace("cas/01234567.0", &authority("one"));
    let trust = Trust { ca_location: Some(folder.path("cas")), verifies: true, ..Trust::default() };
    let rig = Rig::new(folder, &TlsSettings { trust, ..TlsSettings::default() });
    assert!(!rig.has_changed());
    rig.folder.replace("cas/89abcdef.0", &authority("two"));
    assert!(rig.has_changed());
    fs::write(rig.folder.path("cas/01234567.0"), authority("of another length")).unwrap();
    assert!(rig.has_changed());
}

#[test]
fn a_client_without_files_looks_at_none() {
    let settings = TlsSettings { trust: no_authorities(), ..TlsSettings::default() };
    let rig = Rig::new(Folder::new("none"), &settings);
    assert!(rig.contexts.files.is_empty());
    assert!(!rig.has_changed());
}

#[test]
fn who_comes_while_somebody_is_at_the_files_does_not_wait() {
    let (old, new) = (pair("old"), pair("new"));
    let rig = Rig::with_pair("busy", &old);
    rig.contexts.is_reading.store(true, Ordering::Release);
    rig.folder.replace("own.pem", &new.certificate_pem().unwrap());
    rig.folder.replace("own.key", &new.key_pem().unwrap());
    assert_eq!(rig.shown(), der(&old));
    rig.contexts.is_reading.store(false, Ordering::Release);
    assert_eq!(rig.shown(), der(&new));
}

/// The first attempt finds the certificate of before and the key of after.
#[test]
fn what_is_replaced_while_it_is_read_is_read_once_more() {
    let folder = Folder::new("meanwhile");
    let path = PathBuf::from(folder.path("file"));
    let reads = Cell::new(0);
    let attempt = |replaced_by: usize, good_from: usize| {
        reads.set(0);
        folder.replace("file", b"0");
        let look = || vec![stamp(&path, true)];
        let result = read_whole(&look, &|| {
            reads.set(reads.get() + 1);
            if reads.get() <= replaced_by {
                folder.replace("file", "x".repeat(reads.get() + 1).as_bytes());
            }
            if reads.get() < good_from { Err(Error::new(ErrorCode::_INVALID_ARG, "")) } else { Ok(()) }
        });
        (result.map(|(seen, ())| seen == look()).ok(), reads.get())
    };
    assert_eq!(attempt(0, 1), (Some(true), 1));
    assert_eq!(attempt(0, 2), (None, 1), "nothing was being replaced");
    assert_eq!(attempt(1, 2), (Some(true), 2));
    assert_eq!(attempt(2, 2), (Some(false), 2), "what has come since is for the next connection");
    assert_eq!(attempt(100, 100), (None, ATTEMPTS));
}

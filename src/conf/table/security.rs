//! TLS, SASL, plug-ins and the mock cluster.

use crate::conf::property::{Check, Choice, Kind, Property, global};

pub(super) const SECURITY: &[Property] = &[
    global(
        "security.protocol",
        Kind::Choice {
            choices: &[
                Choice::new("plaintext", 0),
                Choice::with_tls("ssl", 1),
                Choice::new("sasl_plaintext", 2),
                Choice::with_tls("sasl_ssl", 3),
            ],
            default: 0,
        },
        "How to talk to brokers.",
    )
    .high(),
    global("ssl.cipher.suites", Kind::text(None), "Cipher suites to offer.").needs_tls(),
    global("ssl.curves.list", Kind::text(None), "Elliptic curves to offer.").needs_tls(),
    global("ssl.sigalgs.list", Kind::text(None), "Signature algorithms to accept.").needs_tls(),
    global("ssl.key.location", Kind::text(None), "File with the client's private key (PEM).")
        .sensitive()
        .needs_tls(),
    global("ssl.key.password", Kind::text(None), "Passphrase of the client's private key.")
        .password()
        .needs_tls(),
    global("ssl.key.pem", Kind::text(None), "The client's private key (PEM) itself.").sensitive().needs_tls(),
    global("ssl_key", Kind::Internal, "The client's private key as set with rd_kafka_conf_set_ssl_cert().")
        .sensitive(),
    global("ssl.certificate.location", Kind::text(None), "File with the client's certificate (PEM).")
        .needs_tls(),
    global("ssl.certificate.pem", Kind::text(None), "The client's certificate (PEM) itself.").needs_tls(),
    global(
        "ssl_certificate",
        Kind::Internal,
        "The client's certificate as set with rd_kafka_conf_set_ssl_cert().",
    ),
    global(
        "ssl.ca.location",
        Kind::text(None),
        "File or directory of CA certificates to verify brokers with; the system's \
         certificates unless set.",
    )
    .needs_tls(),
    global(
        "https.ca.location",
        Kind::text(None),
        "File or directory of CA certificates to verify HTTPS servers with; excludes \
         `https.ca.pem`.",
    )
    .needs_oidc(),
    global(
        "https.ca.pem",
        Kind::text(None),
        "CA certificates (PEM) to verify HTTPS servers with; excludes `https.ca.location`.",
    )
    .needs_oidc(),
    global("ssl.ca.pem", Kind::text(None), "CA certificates (PEM) to verify brokers with.")
        .sensitive()
        .needs_tls(),
    global("ssl_ca", Kind::Internal, "CA certificate as set with rd_kafka_conf_set_ssl_cert()."),
    global(
        "ssl.ca.certificate.stores",
        Kind::text(Some("Root")),
        "Windows certificate stores to load CA certificates from.",
    )
    .unsupported("configuration only valid on Windows"),
    global("ssl.crl.location", Kind::text(None), "File with certificate revocation lists.").needs_tls(),
    global(
        "ssl.keystore.location",
        Kind::text(None),
        "File with the client's key and certificate (PKCS#12).",
    )
    .needs_tls(),
    global("ssl.keystore.password", Kind::text(None), "Password of the PKCS#12 file.").password().needs_tls(),
    global("ssl.providers", Kind::text(None), "OpenSSL 3 providers to load.").needs_tls(),
    global("ssl.engine.location", Kind::text(None), "OpenSSL engine library to load.")
        .deprecated()
        .needs_tls(),
    global(
        "ssl.engine.id",
        Kind::text(Some("dynamic")),
        "Name of the OpenSSL engine that loads the library; if there is none of that name, it is `dynamic`.",
    )
    .needs_tls(),
    global(
        "ssl_engine_callback_data",
        Kind::Pointer,
        "OpenSSL engine data; set with rd_kafka_conf_set_engine_callback_data().",
    ),
    global("enable.ssl.certificate.verification", Kind::Bool(true), "Verify the certificates of brokers.")
        .needs_tls(),
    global(
        "ssl.endpoint.identification.algorithm",
        Kind::Choice { choices: &[Choice::new("none", 0), Choice::new("https", 1)], default: 1 },
        "How to check that a certificate belongs to the host name: by the rules of HTTPS, or \
         not at all.",
    )
    .needs_tls(),
    global(
        "ssl.certificate.verify_cb",
        Kind::Pointer,
        "Callback that verifies the certificate chain of brokers; set with \
         rd_kafka_conf_set_ssl_cert_verify_cb().",
    ),
    global(
        "ssl.truststore.location",
        Kind::Refused,
        "Java TrustStores are not supported, use `ssl.ca.location` and a certificate file \
         instead. See \
         https://github.com/confluentinc/librdkafka/wiki/Using-SSL-with-librdkafka for more \
         information.",
    ),
    global(
        "sasl.jaas.config",
        Kind::Refused,
        "Java JAAS configuration is not supported, see \
         https://github.com/confluentinc/librdkafka/wiki/Using-SASL-with-librdkafka for more \
         information.",
    ),
    global(
        "sasl.mechanisms",
        Kind::checked_text("GSSAPI", Check::SingleItem),
        "The one SASL mechanism to authenticate with.",
    )
    .high(),
    global("sasl.mechanism", Kind::Alias("sasl.mechanisms"), "").high(),
    global("sasl.kerberos.service.name", Kind::text(Some("kafka")), "Kerberos service name of the brokers."),
    global("sasl.kerberos.principal", Kind::text(Some("kafkaclient")), "Kerberos principal of this client."),
    global(
        "sasl.kerberos.kinit.cmd",
        Kind::text(Some(
            "kinit -R -t \"%{sasl.kerberos.keytab}\" -k %{sasl.kerberos.principal} || kinit -t \
         \"%{sasl.kerberos.keytab}\" -k %{sasl.kerberos.principal}",
        )),
        "Shell command that acquires or refreshes the client's Kerberos ticket; `%{property}` \
         is replaced by the property's value.",
    ),
    global(
        "sasl.kerberos.keytab",
        Kind::text(None),
        "File with the Kerberos keytab, for use in `sasl.kerberos.kinit.cmd`.",
    ),
    global(
        "sasl.kerberos.min.time.before.relogin",
        Kind::int(0, 86_400_000, 60_000),
        "Least interval between ticket refreshes in milliseconds; 0 turns refreshing off.",
    ),
    global("sasl.username", Kind::text(None), "User name for PLAIN and SCRAM.").high().sensitive(),
    global("sasl.password", Kind::text(None), "Password for PLAIN and SCRAM.").high().password(),
    global(
        "sasl.oauthbearer.config",
        Kind::text(None),
        "OAUTHBEARER settings for the token refresh callback.",
    )
    .sensitive(),
    global(
        "enable.sasl.oauthbearer.unsecure.jwt",
        Kind::Bool(false),
        "Make up unsigned tokens when there is no token refresh callback; for development only.",
    ),
    global(
        "oauthbearer_token_refresh_cb",
        Kind::Pointer,
        "Callback that fetches a new OAUTHBEARER token; set with \
         rd_kafka_conf_set_oauthbearer_token_refresh_cb().",
    ),
    global(
        "enable_sasl_queue",
        Kind::Bool(false),
        "Serve the token refresh callback from a queue of its own; set with \
         rd_kafka_conf_enable_sasl_queue().",
    )
    .hidden(),
    global(
        "sasl.oauthbearer.method",
        Kind::Choice { choices: &[Choice::new("default", 0), Choice::with_oidc("oidc", 1)], default: 0 },
        "Where OAUTHBEARER tokens come from: the application, or an OIDC token endpoint.",
    ),
    global(
        "sasl.oauthbearer.client.id",
        Kind::text(None),
        "Public identifier of the application at the token endpoint.",
    )
    .needs_oidc(),
    global("sasl.oauthbearer.client.credentials.client.id", Kind::Alias("sasl.oauthbearer.client.id"), ""),
    global(
        "sasl.oauthbearer.client.credentials.client.secret",
        Kind::Alias("sasl.oauthbearer.client.secret"),
        "",
    ),
    global(
        "sasl.oauthbearer.client.secret",
        Kind::text(None),
        "Secret that the application shares with the token endpoint.",
    )
    .password()
    .needs_oidc(),
    global("sasl.oauthbearer.scope", Kind::text(None), "Access to request from the token endpoint.")
        .needs_oidc(),
    global(
        "sasl.oauthbearer.extensions",
        Kind::text(None),
        "Comma-separated `key=value` extensions for the broker.",
    )
    .needs_oidc(),
    global("sasl.oauthbearer.token.endpoint.url", Kind::text(None), "URL of the token endpoint.")
        .needs_oidc(),
    global("sasl.oauthbearer.sub.claim.name", Kind::text(Some("sub")), "JWT claim that names the subject.")
        .needs_oidc(),
    global(
        "sasl.oauthbearer.grant.type",
        Kind::Choice {
            choices: &[
                Choice::new("client_credentials", 0),
                Choice::new("urn:ietf:params:oauth:grant-type:jwt-bearer", 1),
            ],
            default: 0,
        },
        "OAuth grant type to use with the token endpoint.",
    )
    .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.algorithm",
        Kind::Choice { choices: &[Choice::new("RS256", 0), Choice::new("ES256", 1)], default: 0 },
        "Algorithm that signs the assertion.",
    )
    .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.private.key.file",
        Kind::text(None),
        "File with the private key (PEM) that signs the assertion.",
    )
    .sensitive()
    .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.private.key.passphrase",
        Kind::text(None),
        "Passphrase of the private key that signs the assertion.",
    )
    .password()
    .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.private.key.pem",
        Kind::text(None),
        "The private key (PEM) that signs the assertion.",
    )
    .sensitive()
    .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.file",
        Kind::text(None),
        "File with a ready assertion, used instead of building one.",
    )
    .needs_oidc(),
    global("sasl.oauthbearer.assertion.claim.aud", Kind::text(None), "The assertion's audience claim.")
        .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.claim.exp.seconds",
        Kind::int(1, i32::MAX, 300),
        "Lifetime of the assertion.",
    )
    .needs_oidc(),
    global("sasl.oauthbearer.assertion.claim.iss", Kind::text(None), "The assertion's issuer claim.")
        .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.claim.jti.include",
        Kind::Bool(false),
        "Give each assertion an identifier of its own.",
    )
    .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.claim.nbf.seconds",
        Kind::int(0, i32::MAX, 60),
        "How far the assertion's validity begins in the past.",
    )
    .needs_oidc(),
    global("sasl.oauthbearer.assertion.claim.sub", Kind::text(None), "The assertion's subject claim.")
        .needs_oidc(),
    global(
        "sasl.oauthbearer.assertion.jwt.template.file",
        Kind::text(None),
        "File with a JSON template of the assertion's header and claims.",
    )
    .needs_oidc(),
    global(
        "sasl.oauthbearer.metadata.authentication.type",
        Kind::Choice {
            choices: &[Choice::new("none", 0), Choice::new("azure_imds", 1), Choice::new("aws_iam", 2)],
            default: 0,
        },
        "Cloud metadata service that issues the tokens.",
    )
    .needs_oidc(),
    global("plugin.library.paths", Kind::text(None), "Semicolon-separated plug-in libraries to load."),
    global(
        "interceptors",
        Kind::Internal,
        "Interceptors added with the rd_kafka_conf_interceptor_add functions.",
    ),
    global(
        "test.mock.num.brokers",
        Kind::int(0, 10_000, 0),
        "Start a mock cluster of this many brokers and use it instead of `bootstrap.servers`.",
    )
    .hidden(),
    global(
        "test.mock.broker.rtt",
        Kind::int(0, 3_600_000, 0),
        "Round-trip time of the mock cluster in milliseconds.",
    )
    .hidden(),
    global("ut_handle_ProduceResponse", Kind::Pointer, "Hook of librdkafka's own unit tests.")
        .hidden()
        .without_effect("its tests are not part of this library"),
];

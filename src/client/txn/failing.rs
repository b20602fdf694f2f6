//! How transactions fail, on whichever thread that is noticed.

use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::client::instance::{Client, purge};

/// The transaction has failed: nothing of it is sent any more, and it has to be aborted. With `bump` the
/// producer id has to be renewed as well.
pub(in crate::client) fn abandon(client: &Client, code: ErrorCode, text: &str, bump: bool) {
    let Some(t) = client.transactions() else { return };
    let state = t.state();
    if t.with(client.logger(), |core| core.fail_transaction(code, text, bump)) {
        let name = code.label();
        let needs = if bump { ", requires epoch bump" } else { "" };
        client.logger().log(
            Level::Error,
            "TXNERR",
            format_args!("Current transaction failed in state {}: {text} ({name}{needs})", state.name()),
        );
        t.gate().close();
        // The flags are known ones.
        let _ = client.purge(purge::QUEUE | purge::NON_BLOCKING);
    }
}

/// A batch of the transaction is lost. Its partition needs another epoch then, which comes with the abort.
pub(in crate::client) fn lose_batch(client: &Client, error: &Error) {
    if error.code == ErrorCode::_FENCED {
        fail_for_good(client, error.code, &error.text);
    } else {
        abandon(client, error.code, &error.text, true);
    }
}

/// The transactional producer cannot go on.
pub(in crate::client) fn fail_for_good(client: &Client, code: ErrorCode, text: &str) {
    let Some(t) = client.transactions() else { return };
    let name = code.label();
    client.logger().log(Level::Alert, "TXNERR", format_args!("Fatal transaction error: {text} ({name})"));
    client.set_fatal(Error::new(code, text));
    t.gate().close();
    t.with(client.logger(), |core| core.fail_for_good(code, text));
}

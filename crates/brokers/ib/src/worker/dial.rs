//! On the way to the gateway.

use std::sync::Arc;

use ibapi::prelude::NoticeStream;
use ibapi::{Client, Error};
use tokio::time::timeout;

use super::{End, Session, Worker};
use crate::blotter::Desk;
use crate::link::LinkEvent;
use crate::times::Zone;
use crate::words;

/// How many messages the library keeps of each stream that is not about orders. It allocates that
/// many places at once (some 120 bytes each), and a message stays in its place until the next one
/// comes to it, read or not: a thousand streams of quotes at the library's own 1,024 are 120 MB
/// before the first quote, and grow for as long as it takes to come round. Whoever reads a stream has
/// a turn before its reader has taken 64 messages from the socket, so that none is overrun.
const CHANNEL_MESSAGES: usize = 256;

impl Worker {
    /// Connects, or says why not. Requests are taken meanwhile.
    pub(super) async fn dial(&mut self) -> Result<Session, End> {
        self.on_link(LinkEvent::Dialling);
        let shared = self.shared.clone();
        let config = &shared.config;
        let builder = Client::builder()
            .address(config.address())
            .client_id(config.client_id)
            .one_shot_timeout(ms(config.request_timeout_ms))
            .channel_capacity(CHANNEL_MESSAGES)
            // A connection that broke is not mended behind our back: the next one is another
            // session, and begins with everything being asked again.
            .max_reconnect_attempts(0);
        let connecting = builder.connect_with_notice_stream();
        let connecting = timeout(ms(config.connect_timeout_ms), connecting);
        let connected: Result<(Client, NoticeStream), Error> = {
            tokio::pin!(connecting);
            loop {
                tokio::select! {
                    biased;
                    request = self.requests.recv() => match request {
                        Some(request) => self.take(request),
                        None => return Err(End::Stop),
                    },
                    connected = &mut connecting => match connected {
                        Ok(connected) => break connected,
                        Err(_) => return Err(End::Lost(words::no_answer(config))),
                    },
                }
            }
        };
        let (client, notices) =
            connected.map_err(|fault| End::Lost(words::no_connection(&fault, config)))?;
        let managed = client.handshake_managed_accounts();
        let account = words::choose_account(config, managed).map_err(End::Lost)?;
        let updates = client.order_update_stream().await;
        let updates =
            updates.map_err(|fault| End::Lost(words::request_failed("order updates", &fault)))?;
        let east = client.connection_time().map(|time| time.offset());
        self.blotter.desk = Desk {
            client_id: config.client_id,
            account: account.clone(),
            zone: Zone::east_of_utc(east.map_or(0, |east| east.whole_seconds())),
            base_currency: Some(config.base_currency.clone()),
        };
        self.ids.raise(client.next_order_id() - 1);
        shared.view().account = Some(account);
        Ok(Session {
            client: Arc::new(client),
            notices,
            updates,
        })
    }
}

/// A length of a configuration, for the machine's time.
pub(super) fn ms(value: u32) -> std::time::Duration {
    std::time::Duration::from_millis(u64::from(value))
}

//! MQTT byte by byte: packets as a client writes them, well formed or not.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::house::PATIENCE;

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    next_id: u16,
}

/// A message as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: u8,
    pub(crate) retained: bool,
    pub(crate) repeated: bool,
}

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, next_id: 0 }
    }

    /// Sends bytes; that the broker has closed already is not this one's business.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next packet, whole.
    pub(crate) async fn receive(&mut self) -> Vec<u8> {
        timeout(PATIENCE, self.read_packet()).await.expect("an answer in time").expect("an answer")
    }

    async fn read_packet(&mut self) -> std::io::Result<Vec<u8>> {
        let mut packet = vec![self.stream.read_u8().await?];
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.stream.read_u8().await?;
            packet.push(byte);
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let header = packet.len();
        packet.resize(header + length, 0);
        self.stream.read_exact(&mut packet[header..]).await?;
        Ok(packet)
    }

    /// Reads until the broker closes.
    pub(crate) async fn closed(&mut self) {
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.expect("closed in time");
    }

    /// Subscribes and gives the code in the answer.
    pub(crate) async fn subscribe(&mut self, filter: &str, qos: u8) -> u8 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&subscribe(id, &[(filter, qos)])).await;
        let answer = self.receive().await;
        assert_eq!(answer[..4], [0x90, 3, (id >> 8) as u8, id as u8], "{answer:02x?}");
        answer[4]
    }

    /// Publishes at QoS 1 and waits for the acknowledgement.
    pub(crate) async fn publish(&mut self, topic: &str, payload: &[u8], retain: bool) {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&publish(topic, payload, 1, retain, id)).await;
        assert_eq!(self.receive().await, [0x40, 2, (id >> 8) as u8, id as u8]);
    }

    /// The next message; acknowledges it. Answers to other packets are passed over.
    pub(crate) async fn message(&mut self) -> Message {
        loop {
            let packet = self.receive().await;
            if packet[0] >> 4 == 3 {
                return self.take(&packet).await;
            }
        }
    }

    /// The next packet is the answer to a ping: no message came before it.
    pub(crate) async fn quiet(&mut self) {
        self.send(&PINGREQ).await;
        assert_eq!(self.receive().await, [0xd0, 0]);
    }

    /// Takes the CONNACK of a connection that was let in.
    pub(crate) async fn accepted(&mut self) {
        assert_eq!(self.receive().await, [0x20, 2, 0, 0]);
    }

    /// Takes the CONNACK of a connection that was let in with the session that was kept for it.
    pub(crate) async fn accepted_again(&mut self) {
        assert_eq!(self.receive().await, [0x20, 2, 1, 0]);
    }

    /// The next message, which stays without an answer.
    pub(crate) async fn owe(&mut self) -> Vec<u8> {
        let packet = self.receive().await;
        assert_eq!(packet[0] >> 4, 3, "{packet:02x?}");
        packet
    }

    async fn take(&mut self, packet: &[u8]) -> Message {
        let header = 1 + packet[1..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let qos = (packet[0] >> 1) & 3;
        let topic_end = header + 2 + usize::from(packet[header]) * 256 + usize::from(packet[header + 1]);
        let topic = String::from_utf8(packet[header + 2..topic_end].to_vec()).unwrap();
        let mut body = topic_end;
        if qos > 0 {
            self.send(&[0x40, 2, packet[body], packet[body + 1]]).await;
            body += 2;
        }
        Message {
            topic,
            payload: packet[body..].to_vec(),
            qos,
            retained: packet[0] & 1 == 1,
            repeated: packet[0] & 8 != 0,
        }
    }
}

pub(crate) const PINGREQ: [u8; 2] = [0xc0, 0];
pub(crate) const DISCONNECT: [u8; 2] = [0xe0, 0];

/// A packet of any first byte and body.
pub(crate) fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut rest = body.len();
    loop {
        let byte = (rest & 0x7f) as u8;
        rest >>= 7;
        bytes.push(if rest == 0 { byte } else { byte | 0x80 });
        if rest == 0 {
            break;
        }
    }
    bytes.extend_from_slice(body);
    bytes
}

pub(crate) fn text(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    [&length.to_be_bytes()[..], text].concat()
}

/// A CONNECT as it should be.
pub(crate) fn connect(id: &str, secret: &str, keep_alive_s: u16) -> Vec<u8> {
    connect_with(id, id, secret, keep_alive_s, None)
}

/// A CONNECT that asks for a session that is kept.
pub(crate) fn connect_kept(id: &str, secret: &str) -> Vec<u8> {
    let mut bytes = connect(id, secret, 0);
    // Clean session is a bit of the flags, which stand behind the fixed header, the protocol's name and its level.
    let flags = bytes.windows(4).position(|window| window == b"MQTT").unwrap() + 5;
    bytes[flags] &= !2;
    bytes
}

/// A CONNECT with a will (topic, payload, retained; at QoS 1) and any user name.
pub(crate) fn connect_with(
    id: &str,
    user: &str,
    secret: &str,
    keep_alive_s: u16,
    will: Option<(&str, &str, bool)>,
) -> Vec<u8> {
    let mut flags = 0xc2;
    let mut rest = text(id.as_bytes());
    if let Some((topic, payload, retain)) = will {
        flags |= 0x0c | (u8::from(retain) << 5);
        rest.extend([text(topic.as_bytes()), text(payload.as_bytes())].concat());
    }
    rest.extend([text(user.as_bytes()), text(secret.as_bytes())].concat());
    let header = [&text(b"MQTT")[..], &[4, flags], &keep_alive_s.to_be_bytes()].concat();
    packet(0x10, &[header, rest].concat())
}

pub(crate) fn publish(topic: &str, payload: &[u8], qos: u8, retain: bool, id: u16) -> Vec<u8> {
    let mut body = text(topic.as_bytes());
    if qos > 0 {
        body.extend(id.to_be_bytes());
    }
    body.extend_from_slice(payload);
    packet(0x30 | (qos << 1) | u8::from(retain), &body)
}

pub(crate) fn subscribe(id: u16, filters: &[(&str, u8)]) -> Vec<u8> {
    let mut body = id.to_be_bytes().to_vec();
    for (filter, qos) in filters {
        body.extend(text(filter.as_bytes()));
        body.push(*qos);
    }
    packet(0x82, &body)
}

pub(crate) fn unsubscribe(id: u16, filters: &[&str]) -> Vec<u8> {
    let mut body = id.to_be_bytes().to_vec();
    for filter in filters {
        body.extend(text(filter.as_bytes()));
    }
    packet(0xa2, &body)
}

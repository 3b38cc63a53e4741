//! MQTT as the load generator speaks it: just enough, and cheap, so that what is measured is the broker.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

const CONNACK: u8 = 2;
const SUBACK: u8 = 9;
pub(super) const PUBLISH: u8 = 3;
pub(super) const PUBACK: u8 = 4;
const READ_BYTES: usize = 64 * 1024;

/// One connection.
pub(super) struct Wire {
    pub(super) stream: TcpStream,
    input: Vec<u8>,
    /// Bytes of `input` that were given out.
    taken: usize,
}

/// A packet: its type, and what follows the fixed header.
pub(super) struct Packet<'a> {
    pub(super) kind: u8,
    pub(super) qos: u8,
    pub(super) body: &'a [u8],
}

impl Packet<'_> {
    /// The packet id (0 for QoS 0) and the payload of a message.
    pub(super) fn message(&self) -> (u16, &[u8]) {
        let rest = self.body.get(2 + usize::from(number(self.body))..).unwrap_or_default();
        if self.qos == 0 { (0, rest) } else { (number(rest), rest.get(2..).unwrap_or_default()) }
    }
}

impl Wire {
    pub(super) async fn open(address: SocketAddr) -> io::Result<Self> {
        Self::from(TcpStream::connect(address).await?)
    }

    /// From a loopback address of its own, because a broker may bound the connections of one.
    pub(super) async fn open_from(host: u8, address: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, host], 0)))?;
        Self::from(socket.connect(address).await?)
    }

    fn from(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::new(), taken: 0 })
    }

    /// Connects with a clean session; an error when the broker refuses.
    pub(super) async fn hello(&mut self, id: &str, secret: Option<&str>) -> io::Result<()> {
        self.stream.write_all(&connect(id, secret)).await?;
        let answer = self.next(CONNACK).await?;
        if answer[1] == 0 { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }

    pub(super) async fn subscribe(&mut self, filter: &str, qos: u8) -> io::Result<()> {
        let body = [&[0, 1][..], &text(filter), &[qos]].concat();
        self.stream.write_all(&packet(0x82, &body)).await?;
        let answer = self.next(SUBACK).await?;
        if answer[2] & 0x80 == 0 { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }

    /// Waits for a packet of a kind; others are passed over.
    async fn next(&mut self, kind: u8) -> io::Result<Vec<u8>> {
        loop {
            while let Some(packet) = self.packet() {
                if packet.kind == kind {
                    return Ok(packet.body.to_vec());
                }
            }
            self.read().await?;
        }
    }

    /// Waits for more bytes; an error at the end of the stream.
    pub(super) async fn read(&mut self) -> io::Result<()> {
        self.make_room();
        if self.stream.read_buf(&mut self.input).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// Takes what is there without waiting.
    pub(super) fn read_now(&mut self) -> io::Result<()> {
        self.make_room();
        match self.stream.try_read_buf(&mut self.input) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn make_room(&mut self) {
        self.input.drain(..self.taken);
        self.taken = 0;
        // A connection that waits for little holds little.
        let wanted = if self.input.capacity() == 0 { 256 } else { READ_BYTES.min(2 * self.input.capacity()) };
        self.input.reserve(wanted - wanted.min(self.input.capacity() - self.input.len()));
    }

    /// The next packet that is whole.
    pub(super) fn packet(&mut self) -> Option<Packet<'_>> {
        let rest = &self.input[self.taken..];
        let first = *rest.first()?;
        let (mut length, mut at) = (0, 1);
        loop {
            let byte = *rest.get(at)?;
            length |= usize::from(byte & 0x7f) << (7 * (at - 1));
            at += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let body = rest.get(at..at + length)?;
        self.taken += at + length;
        Some(Packet { kind: first >> 4, qos: (first >> 1) & 3, body })
    }
}

/// How a message is published; `id` counts only above QoS 0.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) qos: u8,
    pub(super) retain: bool,
    pub(super) id: u16,
}

pub(super) fn publish(out: &mut Vec<u8>, topic: &str, payload: &[u8], form: Form) {
    let Form { qos, retain, id } = form;
    let id_len = if qos == 0 { 0 } else { 2 };
    out.push(0x30 | (qos << 1) | u8::from(retain));
    push_length(out, 2 + topic.len() + id_len + payload.len());
    out.extend(text(topic));
    if qos > 0 {
        out.extend(id.to_be_bytes());
    }
    out.extend_from_slice(payload);
}

pub(super) fn puback(out: &mut Vec<u8>, id: u16) {
    out.extend([0x40, 2]);
    out.extend(id.to_be_bytes());
}

/// A CONNECT with a clean session and without keep-alive.
pub(super) fn connect(id: &str, secret: Option<&str>) -> Vec<u8> {
    let flags = if secret.is_some() { 0xc2 } else { 0x02 };
    let mut body = [&text("MQTT")[..], &[4, flags, 0, 0], &text(id)].concat();
    if let Some(secret) = secret {
        body.extend([text(id), text(secret)].concat());
    }
    packet(0x10, &body)
}

pub(super) fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    push_length(&mut out, body.len());
    out.extend_from_slice(body);
    out
}

fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("names here are short");
    [&length.to_be_bytes()[..], text.as_bytes()].concat()
}

fn push_length(out: &mut Vec<u8>, mut rest: usize) {
    loop {
        let byte = (rest & 0x7f) as u8;
        rest >>= 7;
        out.push(if rest == 0 { byte } else { byte | 0x80 });
        if rest == 0 {
            return;
        }
    }
}

fn number(bytes: &[u8]) -> u16 {
    bytes.first_chunk().map_or(0, |bytes| u16::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn packets_are_taken_apart_wherever_the_stream_is_cut() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut wire = Wire::open(listener.local_addr().expect("bound")).await.expect("it listens");
        let (mut other, _) = listener.accept().await.expect("it connected");
        let mut sent = Vec::new();
        for id in 1..=3 {
            publish(&mut sent, "a/b", &[id as u8; 200], Form { qos: 1, retain: false, id });
        }
        for byte in sent {
            other.write_all(&[byte]).await.expect("it reads");
        }
        for expected in 1..=3 {
            let (id, payload) = loop {
                if let Some(packet) = wire.packet() {
                    let (id, payload) = packet.message();
                    break (id, payload.to_vec());
                }
                wire.read().await.expect("there is more");
            };
            assert_eq!((id, payload), (expected, vec![expected as u8; 200]));
        }
    }
}

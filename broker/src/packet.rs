//! MQTT 3.1.1 as a server reads it: one packet from the front of a buffer, strictly, or a reason to close.
//!
//! rumqttd's own codec is not used: it accepts reserved flags, wills of QoS 3 and bytes after the end of a packet.
//! Source: MQTT Version 3.1.1, OASIS Standard, 29 October 2014; the numbers in brackets are its clauses.

use bytes::{Buf, Bytes, BytesMut};

/// How hard a message is delivered.
#[expect(clippy::enum_variant_names, reason = "these are the standard's words")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Qos {
    AtMostOnce = 0,
    AtLeastOnce = 1,
    ExactlyOnce = 2,
}

impl Qos {
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }
}

/// Why a stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PacketError {
    #[error("malformed packet")]
    Malformed,
    #[error("a packet of {0} bytes is over the limit")]
    Oversized(usize),
    /// A CONNECT of another protocol version; the number is its level.
    #[error("protocol level {0} is not spoken here")]
    Version(u8),
}

use PacketError::Malformed;

/// The first packet of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Connect {
    pub(crate) client_id: String,
    /// Whether its session ends with the connection, and begins without anything from before.
    pub(crate) clean_session: bool,
    pub(crate) keep_alive_s: u16,
    pub(crate) will: Option<Will>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Bytes>,
}

/// What is to be published when the connection breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Will {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    pub(crate) qos: Qos,
    pub(crate) retain: bool,
}

/// A message from a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Publish {
    /// UTF-8.
    pub(crate) topic: Bytes,
    pub(crate) payload: Bytes,
    pub(crate) qos: Qos,
    pub(crate) retain: bool,
    /// 0 for QoS 0.
    pub(crate) id: u16,
}

/// What a client may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    Connect(Connect),
    Publish(Publish),
    PubAck(u16),
    PubRec(u16),
    PubRel(u16),
    PubComp(u16),
    Subscribe { id: u16, filters: Vec<(String, Qos)> },
    Unsubscribe { id: u16, filters: Vec<String> },
    PingReq,
    Disconnect,
}

/// Takes one packet from the front of `input`; `None` when more bytes are needed. The size is judged from the fixed
/// header, before the rest is waited for.
pub(crate) fn decode(input: &mut BytesMut, limit: usize) -> Result<Option<Packet>, PacketError> {
    let Some((header_len, body_len)) = fixed_header(input)? else { return Ok(None) };
    let total = header_len + body_len;
    if total > limit {
        return Err(PacketError::Oversized(total));
    }
    if input.len() < total {
        input.reserve(total - input.len());
        return Ok(None);
    }
    let mut packet = input.split_to(total).freeze();
    let first = packet[0];
    packet.advance(header_len);
    body(first, packet).map(Some)
}

/// The lengths of the fixed header and of what follows it [2.2.3].
fn fixed_header(input: &[u8]) -> Result<Option<(usize, usize)>, PacketError> {
    let mut body_len = 0;
    for at in 0..4 {
        let Some(&byte) = input.get(1 + at) else { return Ok(None) };
        body_len |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some((at + 2, body_len)));
        }
    }
    Err(Malformed)
}

fn body(first: u8, mut rest: Bytes) -> Result<Packet, PacketError> {
    let flags = first & 0x0f;
    let packet = match (first >> 4, flags) {
        (1, 0) => Packet::Connect(connect(&mut rest)?),
        (3, _) => return publish(flags, rest).map(Packet::Publish),
        (4, 0) => Packet::PubAck(packet_id(&mut rest)?),
        (5, 0) => Packet::PubRec(packet_id(&mut rest)?),
        (6, 2) => Packet::PubRel(packet_id(&mut rest)?),
        (7, 0) => Packet::PubComp(packet_id(&mut rest)?),
        (8, 2) => subscribe(&mut rest)?,
        (10, 2) => unsubscribe(&mut rest)?,
        (12, 0) => Packet::PingReq,
        (14, 0) => Packet::Disconnect,
        _ => return Err(Malformed),
    };
    if rest.is_empty() { Ok(packet) } else { Err(Malformed) }
}

fn connect(rest: &mut Bytes) -> Result<Connect, PacketError> {
    let name = text(rest)?;
    let level = byte(rest)?;
    match (name.as_str(), level) {
        ("MQTT", 4) => {}
        ("MQTT" | "MQIsdp", other) => {
            // The rest is in another version's form.
            return Err(PacketError::Version(other));
        }
        _ => return Err(Malformed),
    }
    let flags = byte(rest)?;
    let flag = |bit: u8| flags & (1 << bit) != 0;
    let keep_alive_s = number(rest)?;
    let client_id = text(rest)?;
    let will_qos = Qos::from_number((flags >> 3) & 3).ok_or(Malformed)?;
    let will = if flag(2) {
        let (topic, payload) = (text(rest)?, binary(rest)?);
        Some(Will { topic, payload, qos: will_qos, retain: flag(5) })
    } else if flag(5) || will_qos != Qos::AtMostOnce {
        return Err(Malformed); // [3.1.2-13], [3.1.2-15]
    } else {
        None
    };
    let user = if flag(7) { Some(text(rest)?) } else { None };
    let password = if flag(6) { Some(binary(rest)?) } else { None };
    let reserved = flag(0); // [3.1.2-3]
    if reserved || (password.is_some() && user.is_none()) {
        return Err(Malformed); // [3.1.2-22]
    }
    Ok(Connect { client_id, clean_session: flag(1), keep_alive_s, will, user, password })
}

fn publish(flags: u8, mut rest: Bytes) -> Result<Publish, PacketError> {
    let qos = Qos::from_number((flags >> 1) & 3).ok_or(Malformed)?;
    let repeated = flags & 8 != 0;
    if repeated && qos == Qos::AtMostOnce {
        return Err(Malformed); // [3.3.1-2]
    }
    let topic = binary(&mut rest)?;
    check_text(&topic)?;
    if topic.is_empty() {
        return Err(Malformed); // [4.7.3-1]
    }
    let id = if qos == Qos::AtMostOnce { 0 } else { packet_id(&mut rest)? };
    Ok(Publish { topic, payload: rest, qos, retain: flags & 1 != 0, id })
}

fn subscribe(rest: &mut Bytes) -> Result<Packet, PacketError> {
    let id = packet_id(rest)?;
    let mut filters = Vec::new();
    while !rest.is_empty() {
        let filter = text(rest)?;
        filters.push((filter, Qos::from_number(byte(rest)?).ok_or(Malformed)?)); // [3.8.3-4]
    }
    if filters.is_empty() { Err(Malformed) } else { Ok(Packet::Subscribe { id, filters }) } // [3.8.3-3]
}

fn unsubscribe(rest: &mut Bytes) -> Result<Packet, PacketError> {
    let id = packet_id(rest)?;
    let mut filters = Vec::new();
    while !rest.is_empty() {
        filters.push(text(rest)?);
    }
    if filters.is_empty() { Err(Malformed) } else { Ok(Packet::Unsubscribe { id, filters }) } // [3.10.3-2]
}

fn byte(rest: &mut Bytes) -> Result<u8, PacketError> {
    rest.try_get_u8().map_err(|_| Malformed)
}

fn number(rest: &mut Bytes) -> Result<u16, PacketError> {
    rest.try_get_u16().map_err(|_| Malformed)
}

fn packet_id(rest: &mut Bytes) -> Result<u16, PacketError> {
    let id = number(rest)?;
    if id == 0 { Err(Malformed) } else { Ok(id) } // [2.3.1-1]
}

fn binary(rest: &mut Bytes) -> Result<Bytes, PacketError> {
    let len = usize::from(number(rest)?);
    if rest.len() < len { Err(Malformed) } else { Ok(rest.split_to(len)) }
}

fn text(rest: &mut Bytes) -> Result<String, PacketError> {
    let bytes = binary(rest)?;
    check_text(&bytes).map(str::to_owned)
}

/// UTF-8 without U+0000 [1.5.3-1], [1.5.3-2].
fn check_text(bytes: &[u8]) -> Result<&str, PacketError> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed)?;
    if text.contains('\0') { Err(Malformed) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 16 * 1024;

    fn read(bytes: &[u8]) -> Result<Option<Packet>, PacketError> {
        decode(&mut BytesMut::from(bytes), LIMIT)
    }

    #[test]
    fn reads_a_connect_with_everything_in_it() {
        let bytes =
            b"\x10\x25\x00\x04MQTT\x04\xee\x00\x0f\x00\x02h1\x00\x03w/t\x00\x04gone\x00\x02h1\x00\x06secret";
        let Ok(Some(Packet::Connect(connect))) = read(bytes) else { panic!("{:?}", read(bytes)) };
        assert_eq!((connect.client_id.as_str(), connect.keep_alive_s), ("h1", 15));
        let will = connect.will.unwrap();
        assert_eq!((will.topic.as_str(), will.qos, will.retain), ("w/t", Qos::AtLeastOnce, true));
        assert_eq!(
            (connect.user.as_deref(), connect.password.as_deref()),
            (Some("h1"), Some(&b"secret"[..]))
        );
    }

    #[test]
    fn waits_for_the_whole_packet_and_leaves_the_next_one() {
        let two = b"\x32\x07\x00\x01a\x00\x09hi\xc0\x00";
        for cut in 0..9 {
            assert_eq!(read(&two[..cut]), Ok(None), "{cut}");
        }
        let mut input = BytesMut::from(&two[..]);
        let Some(Packet::Publish(publish)) = decode(&mut input, LIMIT).unwrap() else { panic!() };
        assert_eq!((&publish.topic[..], &publish.payload[..], publish.id), (&b"a"[..], &b"hi"[..], 9));
        assert_eq!(decode(&mut input, LIMIT), Ok(Some(Packet::PingReq)));
    }

    #[test]
    fn judges_the_size_before_the_packet_is_there() {
        assert_eq!(read(b"\x30\xff\xff\x7f"), Err(PacketError::Oversized(4 + 2_097_151)));
        assert_eq!(read(b"\x30\xff\xff\xff\xff\x01"), Err(Malformed));
    }

    #[test]
    fn names_the_version_it_does_not_speak() {
        assert_eq!(read(b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x0f\x00\x00\x00"), Err(PacketError::Version(5)));
        assert_eq!(read(b"\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x0f\x00\x00"), Err(PacketError::Version(3)));
        assert_eq!(read(b"\x10\x0c\x00\x04HTTP\x04\x02\x00\x0f\x00\x00"), Err(Malformed));
    }

    #[test]
    fn refuses_what_the_standard_forbids() {
        for bad in [
            &b"\x00\x00"[..],                                          // reserved type
            b"\xf0\x00",                                               // reserved type
            b"\xc1\x00",                                               // flags of PINGREQ
            b"\xc0\x01\x00",                                           // PINGREQ with a body
            b"\xe0\x01\x00",                                           // DISCONNECT with a body
            b"\x36\x05\x00\x01a\x00\x01",                              // QoS 3
            b"\x38\x03\x00\x01a",                                      // DUP at QoS 0
            b"\x32\x05\x00\x01a\x00\x00",                              // packet id 0
            b"\x30\x02\x00\x00",                                       // no topic
            b"\x30\x04\x00\x02a\x00",                                  // NUL in a topic
            b"\x30\x04\x00\x02\xff\xfe",                               // not UTF-8
            b"\x30\x03\x00\x09a",                                      // topic longer than the packet
            b"\x80\x06\x00\x01\x00\x01a\x00",                          // flags of SUBSCRIBE
            b"\x82\x02\x00\x01",                                       // no filter
            b"\x82\x06\x00\x01\x00\x01a\x03",                          // asks for QoS 3
            b"\xa2\x02\x00\x01",                                       // no filter
            b"\x60\x02\x00\x01",                                       // flags of PUBREL
            b"\x40\x03\x00\x01\x00",                                   // one byte too many
            b"\x20\x02\x00\x00",                                       // CONNACK from a client
            b"\x10\x0c\x00\x04MQTT\x04\x03\x00\x0f\x00\x00",           // reserved connect flag
            b"\x10\x0c\x00\x04MQTT\x04\x22\x00\x0f\x00\x00",           // will retain without will
            b"\x10\x10\x00\x04MQTT\x04\x42\x00\x0f\x00\x00\x00\x02pw", // password without user
        ] {
            assert_eq!(read(bad), Err(Malformed), "{bad:02x?}");
        }
    }
}

//! MQTT 3.1.1 as a server writes it: packets appended to a buffer.

use bytes::{BufMut, BytesMut};

use crate::mailbox::Delivery;

/// Why a CONNECT is answered as it is [3.2.2.3].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectCode {
    Accepted = 0,
    Version = 1,
    ClientId = 2,
    Unavailable = 3,
    Credential = 4,
    NotAuthorised = 5,
}

/// A filter that is not granted [3.9.3].
pub(crate) const REFUSED_FILTER: u8 = 0x80;

/// `present`: the session is one that was kept, only together with [`ConnectCode::Accepted`] [3.2.2-4].
pub(crate) fn connack(out: &mut BytesMut, code: ConnectCode, present: bool) {
    out.put_slice(&[0x20, 2, u8::from(present), code as u8]);
}

/// The refusal in the form of MQTT 5.0, "unsupported protocol version" [MQTT 5.0, 3.2.2.2].
pub(crate) fn connack_v5_unsupported(out: &mut BytesMut) {
    out.put_slice(&[0x20, 3, 0, 0x84, 0]);
}

pub(crate) fn puback(out: &mut BytesMut, id: u16) {
    with_id(out, 0x40, id);
}

pub(crate) fn pubrec(out: &mut BytesMut, id: u16) {
    with_id(out, 0x50, id);
}

pub(crate) fn pubcomp(out: &mut BytesMut, id: u16) {
    with_id(out, 0x70, id);
}

pub(crate) fn unsuback(out: &mut BytesMut, id: u16) {
    with_id(out, 0xb0, id);
}

pub(crate) fn pingresp(out: &mut BytesMut) {
    out.put_slice(&[0xd0, 0]);
}

pub(crate) fn suback(out: &mut BytesMut, id: u16, codes: &[u8]) {
    out.put_u8(0x90);
    length(out, 2 + codes.len());
    out.put_u16(id);
    out.put_slice(codes);
}

/// A message to a client; `id` is 0 for QoS 0, `repeated` says that the client may have it already.
pub(crate) fn publish(out: &mut BytesMut, message: &Delivery, id: u16, repeated: bool) {
    let Delivery { topic, payload, qos, retained } = message;
    let id_len = if id == 0 { 0 } else { 2 };
    out.put_u8(0x30 | (u8::from(repeated) << 3) | ((*qos as u8) << 1) | u8::from(*retained));
    length(out, 2 + topic.len() + id_len + payload.len());
    out.put_u16(u16::try_from(topic.len()).expect("topics were read from a 16-bit length"));
    out.put_slice(topic);
    if id != 0 {
        out.put_u16(id);
    }
    out.put_slice(payload);
}

fn with_id(out: &mut BytesMut, first: u8, id: u16) {
    out.put_slice(&[first, 2]);
    out.put_u16(id);
}

fn length(out: &mut BytesMut, mut rest: usize) {
    loop {
        let byte = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            return out.put_u8(byte);
        }
        out.put_u8(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    use crate::packet::{self, Packet, Qos};

    #[test]
    fn a_message_reads_back_as_it_was_written() {
        for size in [0, 1, 127, 128, 16_000] {
            let topic = Bytes::from_static(b"hypocaust/1/s/site/state");
            let message =
                Delivery { topic, payload: vec![7; size].into(), qos: Qos::AtLeastOnce, retained: true };
            let mut out = BytesMut::new();
            publish(&mut out, &message, 65_535, size == 0);
            let Ok(Some(Packet::Publish(read))) = packet::decode(&mut out, 1 << 20) else { panic!("{size}") };
            assert_eq!((read.id, read.retain, read.payload.len()), (65_535, true, size));
            assert!(out.is_empty());
        }
    }
}

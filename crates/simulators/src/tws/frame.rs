//! How bytes become messages and messages bytes.
//!
//! A frame is a length (four bytes, big endian, of what follows), a message id (four bytes, big
//! endian) and a payload. Ids above 200 say that the payload is protobuf: the message's own id is
//! 200 less. What a message means is not known here.

use prost::Message;

/// The most bytes that may follow a frame's length: what is longer is no frame but lost step.
pub const FRAME_BYTES_MAX: usize = 16 << 20;

/// What is added to a message's id when its payload is protobuf.
pub const PROTOBUF_OFFSET: u32 = 200;

/// How many bytes tell a length, and how many an id.
const WORD: usize = 4;

/// One message off the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The message's own id.
    pub id: u32,
    /// Its protobuf payload.
    pub payload: Vec<u8>,
}

/// Why bytes are no frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length that no message has.
    #[error("a frame of {bytes} bytes: at most {FRAME_BYTES_MAX} are taken")]
    TooLarge {
        /// What the length says.
        bytes: usize,
    },
    /// A frame without room for a message id.
    #[error("a frame of {bytes} bytes cannot hold a message id")]
    NoId {
        /// What the length says.
        bytes: usize,
    },
    /// A message that is not protobuf.
    #[error("message id {raw} announces text: protobuf ids begin above {PROTOBUF_OFFSET}")]
    NotProtobuf {
        /// The id as it stood on the wire.
        raw: u32,
    },
    /// The stream ended within a frame.
    #[error("the stream ended {missing} bytes short of a frame")]
    Truncated {
        /// How many bytes are missing, as far as is known.
        missing: usize,
    },
}

/// Bytes as they arrive, and the frames in them.
#[derive(Debug, Default)]
pub struct FrameBuffer {
    bytes: Vec<u8>,
    /// How many of them are read.
    read: usize,
}

impl FrameBuffer {
    /// Takes in what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` while it has not all arrived. After an error the stream has
    /// lost step and nothing more can be read from it.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let Some(body) = self.next_body()? else {
            return Ok(None);
        };
        let Some((word, payload)) = body.split_first_chunk::<WORD>() else {
            return Err(FrameError::NoId { bytes: body.len() });
        };
        let raw = u32::from_be_bytes(*word);
        match raw.checked_sub(PROTOBUF_OFFSET) {
            Some(id) if id > 0 => {
                let payload = payload.to_vec();
                Ok(Some(Frame { id, payload }))
            }
            _ => Err(FrameError::NotProtobuf { raw }),
        }
    }

    /// What one length announces, without a look at what it is.
    pub(crate) fn next_body(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let Some((word, rest)) = self.unread().split_first_chunk::<WORD>() else {
            return Ok(None);
        };
        let bytes = u32::from_be_bytes(*word) as usize;
        if bytes > FRAME_BYTES_MAX {
            return Err(FrameError::TooLarge { bytes });
        }
        if rest.len() < bytes {
            return Ok(None);
        }
        let from = self.read + WORD;
        self.read = from + bytes;
        Ok(self.bytes.get(from..self.read))
    }

    /// Whether the stream may end here: not within a frame.
    pub fn finish(&self) -> Result<(), FrameError> {
        let unread = self.unread();
        let missing = match unread.split_first_chunk::<WORD>() {
            None if unread.is_empty() => return Ok(()),
            None => WORD - unread.len(),
            Some((word, rest)) => (u32::from_be_bytes(*word) as usize).saturating_sub(rest.len()),
        };
        Err(FrameError::Truncated { missing })
    }

    /// What is not read yet.
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }

    /// Passes over bytes that were read otherwise.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.read = (self.read + bytes).min(self.bytes.len());
    }
}

/// A message as it goes out.
pub fn encode(id: u32, message: &impl Message) -> Result<Vec<u8>, FrameError> {
    let bytes = WORD + message.encoded_len();
    if bytes > FRAME_BYTES_MAX {
        return Err(FrameError::TooLarge { bytes });
    }
    let mut frame = Vec::with_capacity(WORD + bytes);
    frame.extend((bytes as u32).to_be_bytes());
    frame.extend((id + PROTOBUF_OFFSET).to_be_bytes());
    message.encode_raw(&mut frame);
    Ok(frame)
}

/// Text that goes out before protobuf is agreed on: a length and fields that each end in a NUL.
pub(crate) fn encode_text(fields: &[&str]) -> Vec<u8> {
    let body: Vec<u8> = fields
        .iter()
        .flat_map(|field| field.bytes().chain([0]))
        .collect();
    let mut frame = (body.len() as u32).to_be_bytes().to_vec();
    frame.extend(body);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tws::messages::NextValidId;
    use proptest::prelude::*;

    fn wire(raw: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = (4 + payload.len() as u32).to_be_bytes().to_vec();
        bytes.extend(raw.to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    fn only(bytes: &[u8]) -> Result<Option<Frame>, FrameError> {
        let mut buffer = FrameBuffer::default();
        buffer.push(bytes);
        buffer.next_frame()
    }

    #[test]
    fn a_message_is_length_id_and_payload() {
        let message = NextValidId { order_id: Some(7) };
        let bytes = encode(9, &message).unwrap();
        assert_eq!(bytes, [0, 0, 0, 6, 0, 0, 0, 209, 0x08, 7]);
    }

    #[test]
    fn what_is_no_frame_is_named() {
        let large = (FRAME_BYTES_MAX as u32 + 1).to_be_bytes();
        let bytes = FRAME_BYTES_MAX + 1;
        assert_eq!(only(&large), Err(FrameError::TooLarge { bytes }));
        assert_eq!(
            only(&[0, 0, 0, 2, 9, 9]),
            Err(FrameError::NoId { bytes: 2 })
        );
        for raw in [0, 9, 200] {
            assert_eq!(only(&wire(raw, &[])), Err(FrameError::NotProtobuf { raw }));
        }
        let message = "a frame of 2 bytes cannot hold a message id";
        assert_eq!(FrameError::NoId { bytes: 2 }.to_string(), message);
    }

    #[test]
    fn a_stream_ends_between_frames() {
        let whole = wire(209, &[8, 7]);
        for cut in 0..=whole.len() {
            let mut buffer = FrameBuffer::default();
            buffer.push(&whole[..cut]);
            let framed = buffer.next_frame().unwrap();
            assert_eq!(framed.is_some(), cut == whole.len());
            let missing = match cut {
                0..=3 => 4 - cut,
                _ => whole.len() - cut,
            };
            let expect = match cut {
                0 => Ok(()),
                cut if cut == whole.len() => Ok(()),
                _ => Err(FrameError::Truncated { missing }),
            };
            assert_eq!(buffer.finish(), expect, "cut at {cut}");
        }
    }

    proptest! {
        /// However the stream is cut into pieces, the same frames come out of it.
        #[test]
        fn pieces_make_no_difference(
            frames in prop::collection::vec(
                (1_u32..1_000, prop::collection::vec(any::<u8>(), 0..40)), 0..8),
            cuts in prop::collection::vec(1_usize..9, 1..20),
        ) {
            let stream: Vec<u8> = frames
                .iter()
                .flat_map(|(id, payload)| wire(id + PROTOBUF_OFFSET, payload))
                .collect();
            let (mut buffer, mut read, mut at) = (FrameBuffer::default(), Vec::new(), 0);
            for size in cuts.iter().cycle() {
                let to = (at + size).min(stream.len());
                buffer.push(&stream[at..to]);
                at = to;
                while let Some(frame) = buffer.next_frame().unwrap() {
                    read.push((frame.id, frame.payload));
                }
                if at == stream.len() {
                    break;
                }
            }
            prop_assert_eq!(read, frames);
            prop_assert_eq!(buffer.finish(), Ok(()));
        }

        /// No bytes make the reader panic, or take a frame that is longer than was sent.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut buffer = FrameBuffer::default();
            buffer.push(&bytes);
            let mut taken = 0;
            while let Ok(Some(frame)) = buffer.next_frame() {
                taken += 8 + frame.payload.len();
            }
            prop_assert!(taken <= bytes.len());
        }
    }
}

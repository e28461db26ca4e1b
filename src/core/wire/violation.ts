// The closed list of ways in which a peer breaks the rules. Returned, never thrown: whoever gets one drops the peer,
// counts the word, and goes on. ARCHITECTURE.md, "Failures".

export type Violation =
  // Before the first message
  | 'bad-handshake' // not BitTorrent at all
  | 'bad-encryption' // an encryption handshake that is none, or none where it is required
  | 'wrong-info-hash' // another torrent than the one we dialled for, or one we do not have
  | 'wrong-peer-id' // not who the tracker said it was (BEP 3)
  | 'self-connection'
  // Framing
  | 'message-too-long' // longer than the state of the connection allows
  | 'bad-message-length' // a message of fixed size with another size
  // Order and negotiation
  | 'message-out-of-order' // a bitfield that is not first, or a second one
  | 'message-not-negotiated' // a BEP 6 or BEP 10 message without its bit in both handshakes
  // Contents
  | 'bad-bitfield'
  | 'piece-out-of-range'
  | 'bad-request' // outside the piece, empty, or larger than anyone asks for
  | 'unrequested-block'
  | 'reject-not-asked'
  | 'bad-block' // proven to have sent data with the wrong hash
  | 'bad-extended' // a BEP 10 message that is no bencoding
  | 'bad-metadata' // a BEP 9 message that breaks BEP 9, or proven to have sent a false info dictionary
  | 'bad-hashes' // a BEP 52 hash message that breaks BEP 52, or proof hashes that prove nothing
  // Quantity
  | 'flood' // more messages or requests than a correct peer has any use for

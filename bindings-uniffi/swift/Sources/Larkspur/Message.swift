internal import LarkspurFFI

/// A message to send: give it as the argument `content`, and it fills `msg_type` too.
///
/// What makes one throws ``LarkError/argument(_:)`` for a message that cannot be, such as an empty text.
public struct Message: Sendable, Equatable {
  /// `text`, `post`, `image`, `interactive`, …
  public let msgType: String

  /// The content as JSON text.
  public let content: String

  /// Plain text; see ``mention(_:name:)`` and ``escape(_:)``.
  public static func text(_ text: String) throws -> Message { try build("text", ["text": .string(text)]) }

  /// Rich text: the content holds paragraphs (lists of nodes), or an object of title and content by locale.
  public static func post(_ content: Json, title: String? = nil, locale: String? = nil) throws -> Message {
    try build("post", ["content": content, "title": Json(title), "locale": Json(locale)])
  }

  /// An image by the key of its upload.
  public static func image(key: String) throws -> Message { try build("image", ["image_key": .string(key)]) }

  /// A file by the key of its upload.
  public static func file(key: String) throws -> Message { try build("file", ["file_key": .string(key)]) }

  /// A sound by the key of its upload.
  public static func audio(key: String) throws -> Message { try build("audio", ["file_key": .string(key)]) }

  /// A video by the key of its upload, with its cover.
  public static func media(key: String, imageKey: String? = nil) throws -> Message {
    try build("media", ["file_key": .string(key), "image_key": Json(imageKey)])
  }

  /// A sticker.
  public static func sticker(key: String) throws -> Message { try build("sticker", ["file_key": .string(key)]) }

  /// A card.
  public static func card(_ card: Json) throws -> Message { try build("interactive", ["card": card]) }

  /// A card entity by its id.
  public static func card(id: String) throws -> Message { try build("interactive", ["card_id": .string(id)]) }

  /// A card of a template.
  public static func card(template: String, version: String? = nil, variables: Json? = nil) throws -> Message {
    try build(
      "interactive",
      [
        "template_id": .string(template), "template_version_name": Json(version),
        "template_variable": variables ?? .null,
      ]
    )
  }

  /// The business card of a chat.
  public static func shareChat(id: String) throws -> Message { try build("share_chat", ["chat_id": .string(id)]) }

  /// The business card of a person, by open id.
  public static func shareUser(id: String) throws -> Message { try build("share_user", ["user_id": .string(id)]) }

  /// A divider with a text.
  public static func system(_ text: String) throws -> Message { try build("system", ["text": .string(text)]) }

  /// The text of a received message, given as JSON, with its mentions resolved.
  ///
  /// - Throws: ``LarkError/argument(_:)`` for what is no message.
  public static func parse(_ received: String) throws -> String { try told { try parseMessage(received: received) } }

  /// A mention of one person, for the text of a message.
  public static func mention(_ userId: String, name: String = "") -> String {
    LarkspurFFI.mention(userId: userId, name: name)
  }

  /// A mention of everybody in the chat.
  public static var mentionAll: String { LarkspurFFI.mentionAll() }

  /// Text of unknown origin, so that nothing in it is taken for a tag.
  public static func escape(_ text: String) -> String { escapeText(text: text) }

  /// A null is as good as left out.
  private static func build(_ kind: String, _ arguments: KeyValuePairs<String, Json>) throws -> Message {
    let given = Json.object(arguments.filter { $0.value != .null }.map { Json.Member($0.key, $0.value) })
    let built = try told { try buildMessage(kind: kind, arguments: given.text) }
    return Message(msgType: built.msgType, content: built.content)
  }
}

extension Message: Encodable {
  /// What stands for the message among an operation's arguments.
  public var json: Json { ["$message": ["msg_type": .string(msgType), "content": .string(content)]] }

  /// Encodes what stands for the message among an operation's arguments.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

internal import LarkspurFFI

/// A custom bot of a group: whoever knows its address may send to it. Safe to share among tasks, which then keep its rate together.
///
/// ```swift
/// try await WebhookBot(url: url, secret: "…").send(.text("deployed"))
/// ```
public final class WebhookBot: Sendable {
  private let client: Client

  /// Makes a bot; nothing is sent before the first message.
  ///
  /// - Parameters:
  ///   - url: the address in the bot's settings, which is a secret.
  ///   - secret: what it signs with, if its settings say so.
  ///   - options: what is said of connections and calls in them counts.
  /// - Throws: ``LarkError`` for an address that is none of a bot, an empty secret, or an option that cannot be.
  public init(url: String, secret: String? = nil, options: ClientOptions = ClientOptions()) throws {
    client = try Client(options) { try LarkspurFFI.Client.bot(url: url, secret: secret, options: options.native()) }
  }

  /// Sends a text, post, image, shared chat or card to the bot's group; gives what the platform answers as JSON text, mostly `{}`.
  ///
  /// It waits for its turn within ``CallOptions/maxWait``: a bot may send five messages a second, and a hundred a minute.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  @discardableResult
  public func send(_ message: Message, options: CallOptions? = nil) async throws -> String {
    try await client.text(Call(.message(msgType: message.msgType, content: message.content), options))
  }

  /// Ends the calls under way and closes the connections; the same happens when the bot is let go of.
  public func close() { client.close() }
}

extension WebhookBot: CustomStringConvertible, CustomReflectable {
  /// Without the address.
  public var description: String { "WebhookBot(\(client.baseURL))" }

  /// Without the address.
  public var customMirror: Mirror { Mirror(self, children: ["baseURL": client.baseURL]) }
}

internal import LarkspurFFI

/// Calls the Feishu / Lark Open Platform: one app on one host, or a view of it.
///
/// Safe to share among tasks; views share connections, tokens and limits. An operation is named by its id (`im.v1.message.create`) and
/// takes its arguments as one JSON object, by wire name. The functions here take and give JSON text; those with a type,
/// `call("im.v1.message.get", arguments: ["message_id": "om_1"], as: Message.self)`, stand in `Client+Typed.swift`.
public final class Client: Sendable {
  let core: LarkspurFFI.Client
  let decoder: @Sendable () -> any AnswerDecoder
  private let life: Life

  /// Makes a client. Nothing is sent before the first call.
  ///
  /// - Throws: ``LarkError`` for an empty credential, a base URL that is no https origin, or an option that cannot be.
  public convenience init(options: ClientOptions = ClientOptions()) throws {
    try self.init(options) { try LarkspurFFI.Client(options: options.native()) }
  }

  /// What the library is told may hold more than the options do.
  convenience init(_ options: ClientOptions, made: () throws -> LarkspurFFI.Client) throws {
    let core = try told(made)
    Providers(core: core, options: options).start()
    self.init(core: core, decoder: options.decoder, life: Life(core: core))
  }

  private init(core: LarkspurFFI.Client, decoder: @escaping @Sendable () -> any AnswerDecoder, life: Life) {
    self.core = core
    self.decoder = decoder
    self.life = life
  }

  /// The app id.
  public var appId: String { core.appId() }

  /// Scheme, host and port that calls go to.
  public var baseURL: String { core.baseUrl() }

  /// `app`, `tenant` or `user`.
  public var identity: String { core.identity() }

  /// A view with other options.
  ///
  /// - Throws: ``LarkError/config(_:)`` for an option that cannot be.
  public func withOptions(_ options: CallOptions) throws -> Client {
    view(try told { try core.withOptions(options: options.native()) })
  }

  /// A view with the authority of a user whose access token (`u-…`) is at hand; it never falls back to the app's authority.
  ///
  /// - Throws: ``LarkError/config(_:)`` for an empty token, or one that cannot stand in a header.
  public func asUser(token: String) throws -> Client {
    view(try told { try core.asUser(token: token) })
  }

  /// A view with the authority of a user who has signed in, by the ``SignedInUser/key``; the token is renewed by itself.
  ///
  /// - Throws: ``LarkError/config(_:)`` for an empty key.
  public func asUser(key: String) throws -> Client {
    view(try told { try core.asKnownUser(key: key) })
  }

  /// A view of a store app with the authority that a tenant gave it.
  ///
  /// - Throws: ``LarkError/config(_:)`` for an empty key, and where the app is none of the store.
  public func forTenant(_ key: String) throws -> Client {
    view(try told { try core.forTenant(tenantKey: key) })
  }

  /// A view with the app's own authority.
  public func asApp() -> Client { view(core.asApp()) }

  /// The token of this view, for a backend that serves a phone or a page; fetched, shared and renewed as for any call.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func token() async throws -> Token {
    let core = core
    return Token(try await cancellable { try await core.token(cancel: $0) })
  }

  /// Users who sign in.
  public var oauth: OAuth { OAuth(client: self) }

  /// Signatures for web pages inside the platform's client.
  public var jsapi: Jsapi { Jsapi(client: self) }

  /// The operations that this client and its views have called so far, for ``scopes(_:identity:fields:granted:)``; a call of any path is
  /// not among them.
  public var usedOperations: [String] { core.usedOperations() }

  /// Takes the ticket of a store app that the platform pushed, or the JSON of the whole event, decrypted; the calls that wait for one go on.
  ///
  /// - Throws: ``LarkError/config(_:)`` for an empty ticket, for an event of another app, and in an app that is none of the store.
  public func setAppTicket(_ ticket: String) throws { try told { try core.setAppTicket(ticket: ticket) } }

  /// All tokens of the client and its views, as text: a secret.
  public func exportTokens() -> String { core.exportTokens() }

  /// Takes the tokens of an export; says how many.
  ///
  /// - Throws: ``LarkError/config(_:)`` for a text that is no export.
  @discardableResult
  public func importTokens(_ exported: String) throws -> Int {
    Int(clamping: try told { try core.importTokens(exported: exported) })
  }

  /// Ends the calls under way, for all views, and closes the connections; later calls are refused.
  ///
  /// The same happens when the last view is let go of.
  public func close() { core.shutdown() }

  private func view(_ core: LarkspurFFI.Client) -> Client {
    Client(core: core, decoder: decoder, life: life)
  }
}

/// What all views of a client hold: the connections end with the last of them.
private final class Life: Sendable {
  private let core: LarkspurFFI.Client

  init(core: LarkspurFFI.Client) { self.core = core }

  deinit { core.shutdown() }
}

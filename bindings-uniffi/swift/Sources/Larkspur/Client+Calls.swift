internal import LarkspurFFI

extension Client {
  /// Calls an operation and gives the JSON text of `data`; empty when the answer has none.
  ///
  /// Cancelling the task ends the call and closes its connection; a token refresh that it started goes on.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func call(
    _ id: String, _ arguments: String = "{}", files: [String: Upload] = [:], options: CallOptions? = nil
  ) async throws -> String {
    try await text(Call(id, arguments, files, options))
  }

  /// Calls an operation and gives the whole answer.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func callRaw(
    _ id: String, _ arguments: String = "{}", files: [String: Upload] = [:], options: CallOptions? = nil
  ) async throws -> Reply {
    try await reply(Call(id, arguments, files, options))
  }

  /// The pages of a list, each as the JSON text of its `data`; a page is fetched when it is asked for.
  public func pages(_ id: String, _ arguments: String = "{}", options: CallOptions? = nil) -> Listing<String> {
    Listing(client: self, call: Call(id, arguments, [:], options), walk: .pages) { [$0] }
  }

  /// The items of each page of a list, as the JSON text of an array.
  public func itemPages(_ id: String, _ arguments: String = "{}", options: CallOptions? = nil) -> Listing<String> {
    Listing(client: self, call: Call(id, arguments, [:], options), walk: .items) { [$0] }
  }

  /// Starts a download and waits for what is known of the file; its first byte is number `offset` of the file.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func download(
    _ id: String, _ arguments: String = "{}", options: CallOptions? = nil, offset: UInt64 = 0
  ) async throws -> Download {
    try await Download.begun(self, Call(id, arguments, [:], options), offset)
  }

  /// Calls any path and gives the JSON text of `data`.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func request(_ request: Request, options: CallOptions? = nil) async throws -> String {
    try await text(Call(request, options))
  }

  /// Calls any path and gives the whole answer.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func requestRaw(_ request: Request, options: CallOptions? = nil) async throws -> Reply {
    try await reply(Call(request, options))
  }

  /// The pages of any path that has them.
  public func requestPages(_ request: Request, options: CallOptions? = nil) -> Listing<String> {
    Listing(client: self, call: Call(request, options), walk: .pages) { [$0] }
  }

  /// The items of each page of any path that has them, as the JSON text of an array.
  public func requestItemPages(_ request: Request, options: CallOptions? = nil) -> Listing<String> {
    Listing(client: self, call: Call(request, options), walk: .items) { [$0] }
  }

  /// Starts a download from any path.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func requestDownload(
    _ request: Request, options: CallOptions? = nil, offset: UInt64 = 0
  ) async throws -> Download {
    try await Download.begun(self, Call(request, options), offset)
  }

  func text(_ call: Call) async throws -> String {
    let core = core
    return try await cancellable { try await core.call(invocation: call.native($0)) }
  }

  private func reply(_ call: Call) async throws -> Reply {
    let core = core
    return Reply(try await cancellable { try await core.callRaw(invocation: call.native($0)) })
  }
}

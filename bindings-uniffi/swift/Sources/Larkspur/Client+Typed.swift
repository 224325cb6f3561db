extension Client {
  /// Calls an operation and decodes `data`; integers keep all their digits.
  ///
  /// - Parameters:
  ///   - arguments: the arguments by wire name: a literal, or a value that is `Encodable`.
  ///   - type: a type that is `Decodable`, or ``Json``; an answer without data is `null`.
  /// - Throws: ``LarkError/decode(_:)`` where the answer is no `Answer`, and whatever the call fails with.
  public func call<Answer: Decodable & Sendable>(
    _ id: String, arguments: Json = [:], files: [String: Upload] = [:], options: CallOptions? = nil,
    as type: Answer.Type
  ) async throws -> Answer {
    let text = try await call(id, arguments.text, files: files, options: options)
    return try Decoding(operation: id, decoder: decoder).value(text)
  }

  /// Calls an operation with the arguments that a value encodes, and decodes `data`.
  ///
  /// - Throws: ``LarkError/argument(_:)`` for a value that is no JSON, and as the call with a ``Json`` does.
  public func call<Answer: Decodable & Sendable>(
    _ id: String, arguments: some Encodable & Sendable, files: [String: Upload] = [:], options: CallOptions? = nil,
    as type: Answer.Type
  ) async throws -> Answer {
    try await call(id, arguments: Json(encoding: arguments), files: files, options: options, as: type)
  }

  /// Calls any path and decodes `data`.
  ///
  /// - Throws: ``LarkError/decode(_:)`` where the answer is no `Answer`, and whatever the call fails with.
  public func request<Answer: Decodable & Sendable>(
    _ request: Request, options: CallOptions? = nil, as type: Answer.Type
  ) async throws -> Answer {
    let text = try await self.request(request, options: options)
    return try Decoding(operation: request.name, decoder: decoder).value(text)
  }

  /// The pages of a list, decoded.
  public func pages<Page: Decodable & Sendable>(
    _ id: String, arguments: Json = [:], options: CallOptions? = nil, as type: Page.Type
  ) -> Listing<Page> {
    let decoding = Decoding(operation: id, decoder: decoder)
    return Listing(client: self, call: Call(id, arguments.text, [:], options), walk: .pages) { [try decoding.value($0)] }
  }

  /// The items of all pages of a list, decoded; a page is fetched when its first item is asked for.
  public func items<Item: Decodable & Sendable>(
    _ id: String, arguments: Json = [:], options: CallOptions? = nil, as type: Item.Type
  ) -> Listing<Item> {
    let decoding = Decoding(operation: id, decoder: decoder)
    return Listing(client: self, call: Call(id, arguments.text, [:], options), walk: .items) { try decoding.value($0) }
  }

  /// The items of all pages of any path that has them, decoded.
  public func requestItems<Item: Decodable & Sendable>(
    _ request: Request, options: CallOptions? = nil, as type: Item.Type
  ) -> Listing<Item> {
    let decoding = Decoding(operation: request.name, decoder: decoder)
    return Listing(client: self, call: Call(request, options), walk: .items) { try decoding.value($0) }
  }
}

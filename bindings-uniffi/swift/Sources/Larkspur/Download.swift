public import Foundation
internal import LarkspurFFI

/// A file on its way: read it, save it, or take its chunks, once; it ends when it is closed or let go of.
public final class Download: Sendable {
  /// The file's own name, without folders, if the platform gives one.
  public let fileName: String?

  /// Its media type.
  public let contentType: String?

  /// Its number of bytes, if the platform says so.
  public let size: UInt64?

  /// The headers of the answer by their names in lower case.
  public let headers: [String: String]

  /// The log id to quote to the platform's support.
  public let logId: String?

  private let native: LarkspurFFI.Download
  private let client: Client
  private let cancel: CancelToken

  private init(_ native: LarkspurFFI.Download, _ facts: FileFacts, _ client: Client, _ cancel: CancelToken) {
    self.native = native
    self.client = client
    self.cancel = cancel
    fileName = facts.fileName
    contentType = facts.contentType
    size = facts.size
    headers = facts.headers
    logId = facts.logId
  }

  deinit { native.stop() }

  /// The bytes as they come.
  public var chunks: Chunks { Chunks(download: self) }

  /// All bytes that are left.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func data() async throws -> Data {
    var all = Data()
    for try await chunk in chunks { all.append(chunk) }
    return all
  }

  /// Saves the file; at `url` it is complete or not there at all.
  ///
  /// Until then the bytes lie beside it in a file that ends in `.part`; with `resume` an earlier one is gone on with.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`; ``LarkError/config(_:)`` where the file cannot be written.
  public func save(to url: URL, resume: Bool = true) async throws {
    let native = native
    try await cancellable(cancel) { _ in try await native.save(path: url.path(percentEncoded: false), resume: resume) }
  }

  /// Ends the download.
  public func close() { native.stop() }

  static func begun(_ client: Client, _ call: Call, _ offset: UInt64) async throws -> Download {
    let cancel = CancelToken()
    let native = try told { try client.core.download(invocation: call.native(cancel), offset: offset) }
    do {
      let facts = try await cancellable(cancel) { _ in try await native.facts() }
      return Download(native, facts, client, cancel)
    } catch {
      native.stop()
      throw error
    }
  }

  /// The bytes of a download as they come.
  public struct Chunks: AsyncSequence, Sendable {
    let download: Download

    /// Goes on where the last loop ended.
    public func makeAsyncIterator() -> Iterator { Iterator(download: download) }

    /// A reader of the bytes.
    public struct Iterator: AsyncIteratorProtocol {
      let download: Download

      /// The next bytes; none at the end.
      ///
      /// - Throws: ``LarkError``, or `CancellationError`.
      public mutating func next() async throws -> Data? {
        let native = download.native
        return try await cancellable(download.cancel) { _ in try await native.nextChunk() }
      }
    }
  }
}

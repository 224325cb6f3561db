public import Foundation
internal import LarkspurFFI

/// A call of any path, for what the catalogue does not have.
public struct Request: Sendable {
  /// The HTTP method.
  public var method: String

  /// The path: it begins with `/` and holds no host; a segment `:name` is filled from ``pathParams``.
  public var path: String

  /// The values of the path's parameters.
  public var pathParams: Json?

  /// The query; a list is sent as a repeated key.
  public var query: Json?

  /// The JSON body; with files, the form's text parts.
  public var body: Json?

  /// Files, which make the body a form.
  public var files: [String: Upload]

  /// `tenant`, `user`, `app` or `none`; left out, the one that the view has.
  public var token: String?

  /// A call of any path.
  public init(
    _ method: String, _ path: String, pathParams: Json? = nil, query: Json? = nil, body: Json? = nil,
    files: [String: Upload] = [:], token: String? = nil
  ) {
    self.method = method
    self.path = path
    self.pathParams = pathParams
    self.query = query
    self.body = body
    self.files = files
    self.token = token
  }

  /// How the call is named in messages.
  var name: String { "\(method) \(path)" }
}

/// A file to upload: bytes that are at hand, or a file on disk that is read while it is sent.
public struct Upload: Sendable {
  let content: Content
  let name: String?

  /// Bytes, and the file's name.
  public static func data(_ data: Data, name: String? = nil) -> Upload {
    Upload(content: .bytes(bytes: data), name: name)
  }

  /// A file on disk; its own name unless another is given.
  public static func file(_ url: URL, name: String? = nil) -> Upload {
    Upload(content: .path(path: url.path(percentEncoded: false)), name: name)
  }
}

/// What is called, with which files, under which options.
struct Call: Sendable {
  private let target: Target
  private let files: [String: Upload]
  private let options: CallOptions?

  init(_ id: String, _ arguments: String, _ files: [String: Upload], _ options: CallOptions?) {
    self.target = .operation(id: id, arguments: arguments)
    self.files = files
    self.options = options
  }

  init(_ request: Request, _ options: CallOptions?) {
    self.target = .path(
      method: request.method,
      path: request.path,
      pathParams: request.pathParams?.text ?? "",
      query: request.query?.text ?? "",
      body: request.body?.text ?? "",
      token: request.token
    )
    self.files = request.files
    self.options = options
  }

  init(_ target: Target, _ options: CallOptions? = nil) {
    self.target = target
    self.options = options
    files = [:]
  }

  func native(_ cancel: CancelToken) throws -> Invocation {
    let files = files.map { FileArgument(name: $0, content: $1.content, fileName: $1.name) }
    return Invocation(target: target, files: files, options: try options?.native(), cancel: cancel)
  }
}

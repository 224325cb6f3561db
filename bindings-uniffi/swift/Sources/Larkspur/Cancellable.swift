internal import LarkspurFFI

/// Runs what calls the library, ended when the task is cancelled, its errors turned into ours. A cancelled task sends nothing.
func cancellable<T: Sendable>(
  _ token: CancelToken = CancelToken(), _ work: @Sendable (CancelToken) async throws -> T
) async throws -> T {
  try Task.checkCancellation()
  return try await withTaskCancellationHandler {
    do {
      return try await work(token)
    } catch let error as FfiError {
      throw translated(error)
    }
  } onCancel: {
    token.cancel()
  }
}

/// Runs what calls the library at once, its errors turned into ours.
func told<T>(_ work: () throws -> T) throws -> T {
  do {
    return try work()
  } catch let error as FfiError {
    throw translated(error)
  }
}

private func translated(_ error: FfiError) -> any Error {
  switch error {
  case .Failed(let reason): LarkError(Failure(reason))
  case .Cancelled: CancellationError()
  }
}

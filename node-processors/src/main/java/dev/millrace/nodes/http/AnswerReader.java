package dev.millrace.nodes.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpReply;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpException;
import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.NodeException;
import dev.millrace.nodes.http.ResponseOptions.Format;
import dev.millrace.value.Json;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests and reads their answers. Used by several threads at once.
 *
 * @param executionId whose files are kept
 */
record AnswerReader(OutgoingHttp http, BinaryStore binaries, String executionId) {
  /** What a content type contains when its body is a file and not text. */
  private static final List<String> FILES =
      List.of(
          "image/",
          "audio/",
          "video/",
          "font/",
          "application/octet-stream",
          "application/pdf",
          "application/gzip",
          "application/x-gzip",
          "application/zip",
          "application/x-zip",
          "application/x-7z-compressed",
          "application/x-bzip",
          "application/x-cdf",
          "application/x-freearc",
          "application/x-rar",
          "application/x-tar",
          "application/vnd.rar",
          "application/java-archive",
          "application/epub+zip",
          "application/msword",
          "application/rtf",
          "application/wasm",
          "application/ogg",
          "application/vnd.amazon.ebook",
          "application/vnd.apple.installer+xml",
          "application/vnd.ms-excel",
          "application/vnd.ms-fontobject",
          "application/vnd.ms-powerpoint",
          "application/vnd.oasis.opendocument",
          "application/vnd.openxmlformats-officedocument",
          "application/vnd.visio");

  /**
   * One request and its answer.
   *
   * @throws NodeException when the service answers with a status of failure, or the answer is not
   *     what was asked for
   * @throws OutgoingHttpException when there is no answer
   */
  Answer fetch(HttpCall call, @Nullable OAuth2 token, ResponseOptions options, int itemIndex)
      throws InterruptedException {
    try {
      HttpCall signed = token == null ? call : token.signed(call);
      HttpReply reply = http.send(signed);
      if (token != null && reply.status() == token.expiredStatus()) {
        try {
          if (!token.renew(signed.header("Authorization"))) {
            return read(reply, options, itemIndex);
          }
        } finally {
          reply.close();
        }
        reply = http.send(token.signed(call));
      }
      return read(reply, options, itemIndex);
    } catch (IOException broken) {
      if (Thread.interrupted()) {
        InterruptedException interrupted = new InterruptedException();
        interrupted.initCause(broken);
        throw interrupted;
      }
      throw new OutgoingHttpException(
          ErrorCode.CONNECTION_FAILED,
          "ECONNRESET",
          "The answer of " + call.url().authority() + " broke off: " + broken.getMessage(),
          broken);
    }
  }

  private Answer read(HttpReply open, ResponseOptions options, int itemIndex) throws IOException {
    try (HttpReply reply = open) {
      String type = reply.header("content-type");
      String contentType = type == null ? "" : type;
      if (!options.accepts(reply.status())) {
        throw HttpFailures.status(
            itemIndex,
            reply.status(),
            TextDecoding.text(reply.bytes(), contentType),
            reply.header("retry-after"));
      }
      return new Answer(
          reply.status(),
          reply.reason(),
          Answer.headers(reply.headers()),
          body(reply, contentType, options));
    }
  }

  private Answer.Body body(HttpReply reply, String contentType, ResponseOptions options)
      throws IOException {
    return switch (options.format()) {
      case FILE -> new Answer.FileBody(file(reply, contentType, options));
      case TEXT -> new Answer.TextBody(TextDecoding.text(reply.bytes(), contentType));
      case JSON -> {
        String text = TextDecoding.text(reply.bytes(), contentType);
        yield new Answer.JsonBody(
            json(
                text,
                "Response body is not valid JSON. Change \"Response Format\" to \""
                    + options.textFormat()
                    + "\"",
                options));
      }
      case AUTODETECT -> {
        String lower = contentType.toLowerCase(Locale.ROOT);
        if (lower.contains("application/json") || lower.contains("+json")) {
          String text = TextDecoding.text(reply.bytes(), contentType);
          yield new Answer.JsonBody(json(text, "Invalid JSON in response body", options));
        }
        yield FILES.stream().anyMatch(lower::contains)
            ? new Answer.FileBody(file(reply, contentType, options))
            : new Answer.TextBody(TextDecoding.text(reply.bytes(), contentType));
      }
    };
  }

  private static @Nullable Object json(String text, String message, ResponseOptions options) {
    if (text.isBlank() && options.format() == Format.AUTODETECT) {
      return Map.of();
    }
    try {
      return Json.parse(text);
    } catch (MillraceException invalid) {
      if (options.neverError() && options.format() == Format.AUTODETECT) {
        return Map.of();
      }
      throw new NodeException(ErrorCode.UNREADABLE_RESPONSE, message, -1, null, Map.of(), invalid);
    }
  }

  private BinaryData file(HttpReply reply, String contentType, ResponseOptions options)
      throws IOException {
    String name = FileNames.of(reply.header("content-disposition"), reply.url());
    BinaryData file =
        binaries.write(executionId, reply.body(), FileNames.mimeType(contentType), name);
    return new BinaryData(
        file.data(),
        file.mimeType(),
        FileNames.orFallback(
            file.fileName(),
            reply.url().toString(),
            file.fileExtension(),
            options.property().isEmpty() ? "data" : options.property()),
        file.fileExtension(),
        file.fileType(),
        file.fileSize(),
        file.directory(),
        file.id(),
        file.bytes());
  }
}

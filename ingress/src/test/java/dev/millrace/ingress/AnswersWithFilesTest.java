package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.binary.FileBinaryStore;
import dev.millrace.binary.FileTypes;
import dev.millrace.binary.StoreLimits;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import dev.millrace.value.Json;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers whose bytes lie in the store and not in the reply. */
class AnswersWithFilesTest {
  private static final byte[] CONTENT = new byte[3_000_001];

  @TempDir private Path folder;
  private final IngressFixture ingress = new IngressFixture();
  private BinaryStore store = BinaryStore.none();

  @BeforeEach
  void fill() throws IOException {
    new Random(7).nextBytes(CONTENT);
    store = new FileBinaryStore(folder, StoreLimits.DEFAULT, FileTypes.load());
    ingress.binaries = store;
  }

  @AfterEach
  void stop() throws Exception {
    ingress.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lastNode", "responseNode"})
  void aFileIsSentFromTheStore(String mode) throws Exception {
    answers(mode, stored());
    HttpResponse<byte[]> response = call(mode);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(CONTENT);
    assertThat(response.headers().firstValue("content-length")).hasValue("3000001");
    assertThat(response.headers().firstValue("content-type")).hasValue("image/png");
    // The connection is still good for the next call.
    assertThat(call(mode).body()).isEqualTo(CONTENT);
  }

  @Test
  void aFileOfUnknownSizeIsSentInChunks() throws Exception {
    BinaryData file = stored();
    answers("lastNode", withBytes(file, -1));
    HttpResponse<byte[]> response = call("lastNode");
    assertThat(response.body()).isEqualTo(CONTENT);
    assertThat(response.headers().firstValue("transfer-encoding")).hasValue("chunked");
  }

  @Test
  void headSendsNoFile() throws Exception {
    answers("lastNode", stored());
    ingress.binaries = BinaryStore.none();
    ingress.webhook(
        "{\"httpMethod\":\"HEAD\",\"path\":\"h\",\"responseMode\":\"lastNode\","
            + "\"responseData\":\"firstEntryBinary\"}");
    HttpResponse<String> response =
        ingress.send(
            ingress.request("/webhook/h").method("HEAD", HttpRequest.BodyPublishers.noBody()));
    assertThat(response.statusCode()).isEqualTo(200);
  }

  @Test
  void aFileThatIsGoneIsAnError() throws Exception {
    BinaryData file = stored();
    ((FileBinaryStore) store).delete("one");
    answers("lastNode", file);
    assertError(call("lastNode"), 500, ErrorCode.FILE_GONE);
  }

  @Test
  void aProcessWithoutTheStoreSaysSo() throws Exception {
    answers("responseNode", stored());
    ingress.binaries = BinaryStore.none();
    assertError(call("responseNode"), 502, ErrorCode.OBJECT_STORE_UNAVAILABLE);
  }

  @Test
  void aStoreThatIsAwayIsAnErrorAndTheNextCallIsServed() throws Exception {
    answers("lastNode", stored());
    ingress.binaries =
        reading(() -> {
          throw new MillraceException(
              ErrorCode.OBJECT_STORE_UNAVAILABLE, "connection refused by 10.1.2.3");
        });
    HttpResponse<byte[]> response = call("lastNode");
    assertError(response, 502, ErrorCode.OBJECT_STORE_UNAVAILABLE);
    assertThat(new String(response.body(), java.nio.charset.StandardCharsets.UTF_8))
        .doesNotContain("10.1.2.3");
    ingress.binaries = store;
    assertThat(call("lastNode").body()).isEqualTo(CONTENT);
  }

  @ParameterizedTest
  @ValueSource(longs = {3_000_001, -1, 2_000_000, 3_000_002})
  void whatBreaksOffOrHasAnotherSizeIsNotTakenForWhole(long said) throws Exception {
    answers("lastNode", withBytes(stored(), said));
    boolean breaks = said == 3_000_001 || said == -1;
    ingress.binaries =
        reading(() ->
            new FilterInputStream(new ByteArrayInputStream(CONTENT)) {
              private int read;

              @Override
              public int read(byte[] into, int from, int length) throws IOException {
                int n = super.read(into, from, length);
                read += Math.max(n, 0);
                if (breaks && read > 1_000_000) {
                  throw new IOException("reset by the store");
                }
                return n;
              }
            });
    assertThatThrownBy(() -> call("lastNode")).isInstanceOf(IOException.class);
  }

  private static void assertError(HttpResponse<byte[]> response, int status, ErrorCode code) {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(Json.parseObject(response.body())).containsEntry("errorCode", code.code());
  }

  private BinaryData stored() throws IOException {
    BinaryData file =
        store.write("one", new ByteArrayInputStream(CONTENT), "image/png", "photo.png");
    assertThat(file.id()).isNotNull();
    return file;
  }

  private static BinaryData withBytes(BinaryData file, long bytes) {
    return new BinaryData(
        file.data(), file.mimeType(), file.fileName(), null, null, null, null, file.id(), bytes);
  }

  private void answers(String mode, BinaryData file) {
    ByteBuffer json = ByteBuffer.wrap(Json.write(file.toJson()));
    ByteBuffer extra = ByteBuffer.wrap(Json.write(Map.of("binary", Map.of("data", file.toJson()))));
    ingress.engine =
        (command, outcome, replies) -> {
          outcome.done(null);
          replies.complete(
              mode.equals("lastNode")
                  ? IngressFixture.outcome(
                      command,
                      "success",
                      List.of(new ItemRecord(IngressFixture.utf8("{}"), -1, extra.duplicate())))
                  : new ReplyRecord(
                      IngressFixture.requestId(command),
                      command.getExecutionId(),
                      new WebhookAnswer(
                          200,
                          Map.of("content-type", "image/png"),
                          IngressFixture.utf8(""),
                          json.duplicate())));
        };
  }

  private HttpResponse<byte[]> call(String mode) throws Exception {
    ingress.webhook(
        "{\"httpMethod\":\"POST\",\"path\":\"h\",\"responseMode\":\"%s\",\"responseData\":\"firstEntryBinary\"}"
            .formatted(mode));
    return ingress.client.send(
        ingress.request("/webhook/h").POST(HttpRequest.BodyPublishers.noBody()).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  @FunctionalInterface
  private interface Opening {
    InputStream open() throws IOException;
  }

  private static BinaryStore reading(Opening opening) {
    return new BinaryStore() {
      @Override
      public InputStream open(BinaryData file) throws IOException {
        return opening.open();
      }

      @Override
      public BinaryData write(
          String executionId,
          InputStream content,
          @Nullable String mimeType,
          @Nullable String fileName) {
        throw new AssertionError("nothing is written here");
      }
    };
  }
}

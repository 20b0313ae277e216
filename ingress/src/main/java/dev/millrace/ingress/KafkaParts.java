package dev.millrace.ingress;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.resume.ResumeKey;
import dev.millrace.serde.MillraceSerdes;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The server's connections to Kafka, opened together and closed in the opposite order. */
final class KafkaParts implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final IngressServer.Parts parts;

  KafkaParts(
      IngressSettings settings,
      SchemaRegistry registry,
      CredentialStore credentials,
      ExpressionEngine engine,
      @Nullable ResumeKey resumeKey) {
    MillraceSerdes serdes = new MillraceSerdes(registry);
    try {
      WebhookExpressions expressions = new WebhookExpressions(engine, InstantSource.system());
      open.push(expressions);
      DefinitionsReader definitions =
          DefinitionsReader.start(
              settings.kafka(), serdes.serde(DefinitionRecord.class).deserializer(), expressions);
      open.push(definitions);
      ReplyReader replies =
          ReplyReader.start(settings.kafka(), serdes.serde(ReplyRecord.class).deserializer());
      open.push(replies);
      KafkaCommandSender sender =
          new KafkaCommandSender(settings, serdes.serde(CommandRecord.class).serializer());
      open.push(sender);
      this.parts =
          new IngressServer.Parts(
              definitions::routes,
              definitions::caughtUp,
              sender,
              replies.router(),
              credentials,
              InstantSource.system(),
              resumeKey == null ? null : new IngressServer.Resumes(resumeKey, expressions));
    } catch (RuntimeException failed) {
      close();
      throw failed;
    }
  }

  IngressServer.Parts parts() {
    return parts;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception notClosed) {
        throw new IllegalStateException(notClosed);
      }
    }
  }
}

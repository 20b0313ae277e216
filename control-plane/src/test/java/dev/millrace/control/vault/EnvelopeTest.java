package dev.millrace.control.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.vault.Envelope.Sealed;
import dev.millrace.control.vault.Envelope.Subject;
import dev.millrace.control.vault.KeyEncryption.Wrapped;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class EnvelopeTest {
  private static final Subject SUBJECT = new Subject("credential", "id", "type");

  private final Secret older = Secret.random(32);
  private final LocalKeys keys = new LocalKeys(List.of(Secret.random(32), older));
  private final Envelope envelope = new Envelope(keys);

  private static void assertRefused(Envelope envelope, Subject subject, Sealed sealed) {
    assertThatThrownBy(() -> envelope.open(subject, sealed))
        .isInstanceOf(MillraceException.class)
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.CREDENTIAL_UNREADABLE);
  }

  private static byte[] flipped(byte[] bytes, int bit) {
    byte[] changed = bytes.clone();
    int at = bit % (8 * bytes.length);
    changed[at / 8] ^= (byte) (1 << (at % 8));
    return changed;
  }

  @Property(tries = 200)
  void opensWhatItSealed(@ForAll byte[] content, @ForAll String id, @ForAll String type) {
    Subject subject = new Subject("credential", id, type);
    Sealed sealed = envelope.seal(subject, Secret.taking(content.clone()));
    assertThat(envelope.open(subject, sealed).use(byte[]::clone)).isEqualTo(content);
  }

  @Property(tries = 400)
  void noBitMayChange(
      @ForAll @Size(max = 200) byte[] content,
      @ForAll @IntRange(max = 100_000) int bit,
      @ForAll boolean ofKey) {
    Sealed sealed = envelope.seal(SUBJECT, Secret.taking(content.clone()));
    Sealed changed =
        ofKey
            ? new Sealed(
                sealed.ciphertext(),
                new Wrapped(sealed.key().keyId(), flipped(sealed.key().bytes(), bit)))
            : new Sealed(flipped(sealed.ciphertext(), bit), sealed.key());
    assertRefused(envelope, SUBJECT, changed);
  }

  @Property(tries = 200)
  void nothingPassesForAnother(
      @ForAll String kind, @ForAll String id, @ForAll String type, @ForAll String other) {
    Subject subject = new Subject(kind, id, type);
    Sealed sealed = envelope.seal(subject, Secret.of("content"));
    for (Subject wrong :
        List.of(
            new Subject(kind + other + "x", id, type),
            new Subject(kind, id + other + "x", type),
            new Subject(kind, id, type + other + "x"),
            new Subject(kind, id + type + "x", ""))) {
      assertRefused(envelope, wrong, sealed);
    }
  }

  @Property(tries = 100)
  void partsOfTwoRowsDoNotFit(@ForAll byte[] first, @ForAll byte[] second, @ForAll String id) {
    Assume.that(!id.equals(SUBJECT.id()));
    Subject another = new Subject("credential", id, "type");
    Sealed one = envelope.seal(SUBJECT, Secret.taking(first.clone()));
    Sealed two = envelope.seal(another, Secret.taking(second.clone()));
    assertRefused(envelope, SUBJECT, new Sealed(one.ciphertext(), two.key()));
    assertRefused(envelope, SUBJECT, new Sealed(two.ciphertext(), one.key()));
    assertRefused(envelope, SUBJECT, two);
  }

  @Property(tries = 50)
  void shortenedIsRefused(@ForAll @Size(max = 50) byte[] content, @ForAll int length) {
    Sealed sealed = envelope.seal(SUBJECT, Secret.taking(content.clone()));
    byte[] shorter =
        Arrays.copyOf(sealed.ciphertext(), Math.floorMod(length, sealed.ciphertext().length));
    assertRefused(envelope, SUBJECT, new Sealed(shorter, sealed.key()));
  }

  @Example
  void everyCiphertextIsNew() {
    Sealed one = envelope.seal(SUBJECT, Secret.of("same"));
    Sealed two = envelope.seal(SUBJECT, Secret.of("same"));
    assertThat(one.ciphertext()).isNotEqualTo(two.ciphertext());
    assertThat(one.key().bytes()).isNotEqualTo(two.key().bytes());
  }

  @Example
  void rewrappingKeepsTheContent() {
    LocalKeys before = new LocalKeys(List.of(older));
    Sealed sealed = new Envelope(before).seal(SUBJECT, Secret.of("content"));
    Wrapped next = envelope.rewrap(SUBJECT, sealed.key());

    assertThat(next.keyId()).isEqualTo(keys.newestKeyId()).isNotEqualTo(before.newestKeyId());
    assertThat(envelope.open(SUBJECT, new Sealed(sealed.ciphertext(), next)).reveal())
        .isEqualTo("content");
    assertRefused(new Envelope(before), SUBJECT, new Sealed(sealed.ciphertext(), next));
  }

  @Example
  void aSecretIsNeverPrintedAndIsGoneWhenClosed() {
    Secret secret = Secret.of("canary");
    assertThat(secret.toString()).isEqualTo("***");
    assertThat(List.of(secret).toString()).doesNotContain("canary");
    assertThat(secret).isEqualTo(Secret.of("canary")).isNotEqualTo(Secret.of("other"));
    byte[][] seen = new byte[1][];
    secret.use(bytes -> seen[0] = bytes);
    secret.close();
    assertThat(seen[0]).containsOnly(0);
    assertThatThrownBy(secret::reveal).isInstanceOf(IllegalStateException.class);
  }
}

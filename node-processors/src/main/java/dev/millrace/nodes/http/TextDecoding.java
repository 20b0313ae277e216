package dev.millrace.nodes.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mozilla.universalchardet.UniversalDetector;

/** Reads the text of an answer in the encoding that it names, or else in the likeliest one. */
final class TextDecoding {
  private static final Pattern CHARSET =
      Pattern.compile("charset=\\s*[\"']?([^\"';,\\s]+)", Pattern.CASE_INSENSITIVE);

  /** What is left when nothing else fits; tried in this order. */
  private static final String[] LAST_RESORTS = {"gb18030", "gbk", "big5"};

  private TextDecoding() {}

  static String text(byte[] bytes, String contentType) {
    Charset named = named(contentType);
    if (named != null && !named.equals(StandardCharsets.UTF_8)) {
      return new String(bytes, named);
    }
    String utf8 = strict(bytes, StandardCharsets.UTF_8);
    if (utf8 != null) {
      return utf8.startsWith("\ufeff") ? utf8.substring(1) : utf8;
    }
    Charset likely = detected(bytes);
    if (likely != null && !likely.equals(StandardCharsets.UTF_8)) {
      return new String(bytes, likely);
    }
    for (String name : LAST_RESORTS) {
      String text = Charset.isSupported(name) ? strict(bytes, Charset.forName(name)) : null;
      if (text != null) {
        return text;
      }
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The encoding that a Content-Type header names; null when none or an unknown one. */
  static @Nullable Charset named(String contentType) {
    Matcher charset = CHARSET.matcher(contentType);
    return charset.find() ? known(charset.group(1)) : null;
  }

  private static @Nullable Charset known(String name) {
    try {
      return Charset.forName(name.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      return null;
    }
  }

  private static @Nullable Charset detected(byte[] bytes) {
    UniversalDetector detector = new UniversalDetector();
    detector.handleData(bytes, 0, bytes.length);
    detector.dataEnd();
    String name = detector.getDetectedCharset();
    return name == null ? null : known(name);
  }

  private static @Nullable String strict(byte[] bytes, Charset charset) {
    try {
      return charset
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException other) {
      return null;
    }
  }
}

package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.node.NodeException;
import dev.millrace.node.Property;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Between text and bytes, with the names of encodings that n8n offers. */
final class TextEncoding {
  private static final char BOM = '\uFEFF';

  private static final List<String> NAMES =
      List.of(
          ("armscii8 ascii base64 big5hkscs binary cesu8 cp1046 cp1124 cp1125 cp1129 cp1133 cp1161"
                  + " cp1162 cp1163 cp437 cp720 cp737 cp775 cp808 cp850 cp852 cp855 cp856 cp857"
                  + " cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp922 cp936 cp949 cp950"
                  + " eucjp gb18030 gbk georgianacademy georgianps hex hproman8 iso646cn iso646jp"
                  + " iso88591 iso885910 iso885911 iso885913 iso885914 iso885915 iso885916 iso88592"
                  + " iso88593 iso88594 iso88595 iso88596 iso88597 iso88598 iso88599 koi8r koi8ru"
                  + " koi8t koi8u maccenteuro maccroatian maccyrillic macgreek maciceland macintosh"
                  + " macroman macromania macthai macturkish macukraine mik pt154 rk1048 shiftjis"
                  + " tcvn tis620 ucs2 utf16 utf16be utf32 utf32be utf32le utf7 utf7imap utf8 viscii"
                  + " windows1250 windows1251 windows1252 windows1253 windows1254 windows1255"
                  + " windows1256 windows1257 windows1258 windows874")
              .split(" "));

  /** Names that Java knows by another. */
  private static final Map<String, String> JAVA_NAMES =
      Map.ofEntries(
          Map.entry("ascii", "US-ASCII"),
          Map.entry("binary", "ISO-8859-1"),
          Map.entry("latin1", "ISO-8859-1"),
          Map.entry("big5hkscs", "Big5-HKSCS"),
          Map.entry("cesu8", "CESU-8"),
          Map.entry("cp936", "GBK"),
          Map.entry("cp949", "x-IBM949"),
          Map.entry("cp950", "x-IBM950"),
          Map.entry("eucjp", "EUC-JP"),
          Map.entry("iso885911", "x-iso-8859-11"),
          Map.entry("koi8r", "KOI8-R"),
          Map.entry("koi8u", "KOI8-U"),
          Map.entry("maccenteuro", "x-MacCentralEurope"),
          Map.entry("maccroatian", "x-MacCroatian"),
          Map.entry("maccyrillic", "x-MacCyrillic"),
          Map.entry("macgreek", "x-MacGreek"),
          Map.entry("maciceland", "x-MacIceland"),
          Map.entry("macintosh", "x-MacRoman"),
          Map.entry("macroman", "x-MacRoman"),
          Map.entry("macromania", "x-MacRomania"),
          Map.entry("macthai", "x-MacThai"),
          Map.entry("macturkish", "x-MacTurkish"),
          Map.entry("macukraine", "x-MacUkraine"),
          Map.entry("shiftjis", "Shift_JIS"),
          Map.entry("tis620", "TIS-620"),
          Map.entry("ucs2", "UTF-16LE"),
          Map.entry("ucs-2", "UTF-16LE"),
          Map.entry("utf16le", "UTF-16LE"),
          Map.entry("utf16be", "UTF-16BE"),
          Map.entry("utf32be", "UTF-32BE"),
          Map.entry("utf32le", "UTF-32LE"),
          Map.entry("utf8", "UTF-8"),
          Map.entry("utf-8", "UTF-8"),
          Map.entry("windows874", "x-windows-874"));

  private TextEncoding() {}

  /** The property that offers them all. */
  static Property property(String displayName) {
    return Property.of("options", "encoding", displayName, "utf8")
        .withOptions(NAMES.stream().map(name -> Property.option(name, name)).toList());
  }

  /** The property that nodes for tables offer. */
  static Property tableProperty() {
    return Property.options(
        "encoding",
        "Encoding",
        "utf-8",
        Property.option("ASCII", "ascii"),
        Property.option("Latin1", "latin1"),
        Property.option("UCS-2", "ucs-2"),
        Property.option("UCS2", "ucs2"),
        Property.option("UTF-8", "utf-8"),
        Property.option("UTF16LE", "utf16le"),
        Property.option("UTF8", "utf8"));
  }

  /**
   * The encoding as Java has it.
   *
   * @throws NodeException when Java has none of the name
   */
  static Charset charset(String name) {
    String known = JAVA_NAMES.get(name);
    if (known == null && name.matches("cp\\d+")) {
      known = "IBM" + (name.equals("cp858") ? "00858" : name.substring(2));
    } else if (known == null && name.matches("iso8859\\d+")) {
      known = "ISO-8859-" + name.substring(7);
    } else if (known == null && name.matches("windows125\\d")) {
      known = "windows-" + name.substring(7);
    }
    try {
      return Charset.forName(known == null ? name : known);
    } catch (IllegalArgumentException unknown) {
      if (known != null && unknown instanceof UnsupportedCharsetException) {
        try {
          return Charset.forName("x-" + known);
        } catch (IllegalArgumentException neither) {
          // Said below.
        }
      }
      throw new NodeException(
          ErrorCode.NODE_FAILED,
          "The encoding '" + name + "' is not supported",
          -1,
          "UTF-8 can hold every text.",
          Map.of(),
          unknown);
    }
  }

  static byte[] encode(String text, String encoding, boolean withBom) {
    return switch (encoding) {
      case "base64" -> Base64.getMimeDecoder().decode(text.replace('-', '+').replace('_', '/'));
      case "hex" -> hex(text);
      case "utf16" ->
          ((text.startsWith("" + BOM) ? "" : BOM) + text).getBytes(StandardCharsets.UTF_16LE);
      case "utf32" -> (BOM + text).getBytes(Charset.forName("UTF-32LE"));
      default -> (withBom ? BOM + text : text).getBytes(charset(encoding));
    };
  }

  private static byte[] hex(String text) {
    int digits = 0;
    while (digits < text.length() && HexFormat.isHexDigit(text.charAt(digits))) {
      digits++;
    }
    return HexFormat.of().parseHex(text, 0, digits - digits % 2);
  }

  /** The text; {@code base64} and {@code hex} show the bytes instead of reading them. */
  static String decode(byte[] content, String encoding, boolean stripBom) {
    String text =
        switch (encoding) {
          case "base64" -> Base64.getEncoder().encodeToString(content);
          case "hex" -> HexFormat.of().formatHex(content);
          case "utf16" ->
              startsWith(content, 0xFE, 0xFF)
                  ? new String(content, StandardCharsets.UTF_16BE)
                  : new String(content, StandardCharsets.UTF_16LE);
          case "utf32" ->
              startsWith(content, 0, 0, 0xFE, 0xFF)
                  ? new String(content, Charset.forName("UTF-32BE"))
                  : new String(content, Charset.forName("UTF-32LE"));
          default -> new String(content, charset(encoding));
        };
    return stripBom && !text.isEmpty() && text.charAt(0) == BOM ? text.substring(1) : text;
  }

  /** The encoding that some text is most likely in: by its mark, else UTF-8 where that fits. */
  static String guess(byte[] content) {
    if (startsWith(content, 0xFF, 0xFE)) {
      return "ucs2";
    }
    if (startsWith(content, 0xFE, 0xFF)) {
      return "utf16be";
    }
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(content));
      return "utf8";
    } catch (CharacterCodingException other) {
      return "windows1252";
    }
  }

  private static boolean startsWith(byte[] content, int... bytes) {
    return content.length >= bytes.length
        && Arrays.equals(
            Arrays.stream(bytes).map(b -> (byte) b).toArray(),
            java.util.stream.IntStream.range(0, bytes.length).map(i -> content[i]).toArray());
  }
}

package dev.millrace.nodes.files;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Compression: packs the files of an item into an archive, or takes archives apart. */
public final class Compression implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.compression")
          .named("Compression", "Packs the files of an item, or takes archives apart.")
          .versions(1, 1.1)
          .properties(
              Property.options(
                      "operation",
                      "Operation",
                      "decompress",
                      Property.option("Compress", "compress"),
                      Property.option("Decompress", "decompress"))
                  .withExtra("noExpression", true),
              Property.string("binaryPropertyName", "Input Binary Field(s)", "data")
                  .asRequired()
                  .showWhen("operation", "compress"),
              Property.string("binaryPropertyName", "Input Binary Field(s)", "data")
                  .asRequired()
                  .showWhen("operation", "decompress"),
              Property.options(
                      "outputFormat",
                      "Output Format",
                      "zip",
                      Property.option("Gzip", "gzip"),
                      Property.option("Tar", "tar"),
                      Property.option("Tar (Gzip)", "targz"),
                      Property.option("Zip", "zip"))
                  .showWhen("operation", "compress"),
              Property.string("fileName", "File Name", "")
                  .asRequired()
                  .showWhen("operation", "compress")
                  .showWhen("outputFormat", "zip", "tar", "targz"),
              Property.string("binaryPropertyOutput", "Put Output File in Field", "data")
                  .showWhen("outputFormat", "zip", "tar", "targz")
                  .showWhen("operation", "compress"),
              Property.string("fileName", "File Name", "")
                  .showWhen("operation", "compress")
                  .showWhen("outputFormat", "gzip")
                  .hideWhen("@version", 1),
              Property.string("binaryPropertyOutput", "Put Output File in Field", "data")
                  .showWhen("outputFormat", "gzip")
                  .showWhen("operation", "compress")
                  .hideWhen("@version", 1),
              Property.string("outputPrefix", "Output Prefix", "data")
                  .asRequired()
                  .showWhen("outputFormat", "gzip")
                  .showWhen("operation", "compress")
                  .showWhen("@version", 1),
              Property.string("outputPrefix", "Output Prefix", "file_")
                  .asRequired()
                  .showWhen("operation", "decompress"))
          .build();

  private final NodeServices services;

  public Compression(NodeServices services) {
    this.services = services;
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    boolean packing = call.string("operation", 0, "decompress").equals("compress");
    return ItemFiles.forEach(
        call,
        (i, item, answers) -> {
          Map<String, BinaryData> files = new LinkedHashMap<>();
          for (String name : call.string("binaryPropertyName", i, "data").split(",")) {
            files.put(name.strip(), ItemFiles.file(item, name.strip(), i));
          }
          answers.add(
              Item.of(item.json())
                  .withBinary(packing ? pack(call, i, files) : unpack(call, i, files))
                  .withPairing(Pairing.to(i)));
        });
  }

  private Map<String, BinaryData> unpack(NodeCall call, int i, Map<String, BinaryData> archives)
      throws IOException, InterruptedException {
    String prefix = call.string("outputPrefix", i, "file_");
    List<BinaryData> files = new ArrayList<>();
    Unpacking unpacking =
        new Unpacking(services.binaries(), call.execution().executionId(), files::add);
    for (var archive : archives.entrySet()) {
      BinaryData file = archive.getValue();
      String extension = extension(file);
      String name = file.fileName() == null ? "" : file.fileName();
      switch (extension) {
        case "zip" -> unpacking.zip(file);
        case "tar" -> unpacking.tar(file, false);
        case "tgz" -> unpacking.tar(file, true);
        case "gz", "gzip" -> {
          if (name.toLowerCase(Locale.ROOT).matches(".*\\.tar\\.gz(ip)?")) {
            unpacking.tar(file, true);
          } else {
            unpacking.gzip(file, name.replaceFirst("(?i)\\.gz(ip)?$", ""));
          }
        }
        case "" ->
            throw new NodeException(
                "The file in '" + archive.getKey() + "' has no extension, so its format is unknown",
                i);
        // n8n passes over what it does not know, and so loses it.
        default ->
            throw new NodeException(
                "Files with the extension ."
                    + extension
                    + " cannot be taken apart; zip, gz, tar and tar.gz can",
                i);
      }
    }
    Map<String, BinaryData> named = new LinkedHashMap<>();
    for (BinaryData file : files) {
      named.put(prefix + named.size(), file);
    }
    return named;
  }

  private static String extension(BinaryData file) {
    return file.fileExtension() == null ? "" : file.fileExtension().toLowerCase(Locale.ROOT);
  }

  private Map<String, BinaryData> pack(NodeCall call, int i, Map<String, BinaryData> files)
      throws IOException {
    Packing packing = new Packing(services.binaries(), call.execution().executionId());
    String format = call.string("outputFormat", i, "zip");
    String name = call.string("fileName", i, "");
    String field = call.string("binaryPropertyOutput", i, "data");
    if (!format.equals("gzip")) {
      if (name.isEmpty()) {
        throw new NodeException("The archive has no file name", i);
      }
      return Map.of(field, packing.archive(files.values(), format, name));
    }
    boolean first = call.node().typeVersion() < 1.1;
    String prefix = call.string("outputPrefix", i, "data");
    Map<String, BinaryData> packed = new LinkedHashMap<>();
    for (BinaryData file : files.values()) {
      int n = packed.size();
      // Each file is packed by itself: the second and later ones need fields of their own.
      packed.put(first ? prefix + n : n == 0 ? field : field + "_" + n, packing.gzip(file, name));
    }
    return packed;
  }
}

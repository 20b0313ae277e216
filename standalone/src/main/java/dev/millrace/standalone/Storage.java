package dev.millrace.standalone;

import dev.millrace.binary.S3Location;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of items are kept: in a bucket, in a folder that several processes share, or,
 * with neither, in the data folder of the process.
 */
record Storage(@Nullable S3Location objects, @Nullable Path folder) {
  static final Storage DATA_FOLDER = new Storage(null, null);
}

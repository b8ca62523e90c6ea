import { isPublisherHost, SoferError, type Settings } from "@sofer/core";
import { hostOf, MERGED_TITLE } from "../hosts.ts";

/** A walk is for comparisons, on a host of one's own. @throws SoferError `usage` for any other use of it */
export function checkStrategy({ strategy, source, versions, baseUrl }: Settings): void {
  if (strategy === "few") return;
  if (source === "bucket") {
    throw new SoferError("usage", `--strategy ${strategy} and --source bucket exclude each other`, {
      hint: "a walk asks the web service: leave --source out",
    });
  }
  if (versions.includes(MERGED_TITLE)) {
    throw new SoferError("usage", `--strategy ${strategy} asks the web service, which has no merged versions`, {
      hint: "leave --versions out",
    });
  }
  const host = hostOf(baseUrl);
  if (isPublisherHost(host)) {
    throw new SoferError(
      "usage",
      `--strategy ${strategy} is refused on ${host}, which asks not to be walked for its texts`,
      {
        hint: "compare on a server of your own: --demo, or sofer sandbox and its --base-url",
      },
    );
  }
}

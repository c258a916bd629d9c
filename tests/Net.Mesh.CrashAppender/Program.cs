using System.Globalization;
using Net.Mesh.CrashAppender;

// An appender that is meant to be killed, one that meets a full disk, and one that only holds a log open.
if (args is ["append", string directory, string name, string policy, string seed])
    return await Appender.RunAsync(directory, name, policy, new Random(int.Parse(seed, CultureInfo.InvariantCulture)));
if (args is ["fill", string mount, string megabytes])
    return await DiskFiller.RunAsync(mount, int.Parse(megabytes, CultureInfo.InvariantCulture));
if (args is ["hold", string held, string log])
    return await Appender.HoldAsync(held, log);
await Console.Error.WriteLineAsync("usage: crash-appender append DIRECTORY LOG POLICY SEED | fill MOUNT MEGABYTES | hold DIRECTORY LOG");
return 2;

using System.Text.Json;

namespace Net.Mesh.Logs.Tests.Vectors;

/// <summary>The operations of <c>recovery.json</c> on a copy of a channel's directory.</summary>
internal static class DamageOperations
{
    public static void Apply(string directory, JsonElement operations)
    {
        foreach (JsonElement operation in operations.EnumerateArray())
        {
            string file = Path.Combine(directory, operation.GetProperty("file").GetString()!);
            switch (operation.GetProperty("op").GetString())
            {
                case "cut_end":
                    Resize(file, new FileInfo(file).Length - operation.GetProperty("bytes").GetInt64());
                    break;
                case "truncate_to":
                    Resize(file, operation.GetProperty("bytes").GetInt64());
                    break;
                case "append":
                    File.AppendAllBytes(file, Hex(operation));
                    break;
                case "delete":
                    File.Delete(file);
                    break;
                case "delete_directory":
                    Directory.Delete(file, recursive: true);
                    break;
                case "replace":
                    File.WriteAllBytes(file, Hex(operation));
                    break;
                case "write_at":
                    Overwrite(file, operation.GetProperty("offset").GetInt64(), Hex(operation));
                    break;
                case "xor":
                    long offset = operation.GetProperty("offset").GetInt64();
                    byte[] mask = Convert.FromHexString(operation.GetProperty("mask").GetString()!);
                    byte[] was = File.ReadAllBytes(file).AsSpan((int)offset, mask.Length).ToArray();
                    Overwrite(file, offset, [.. was.Zip(mask, static (a, b) => (byte)(a ^ b))]);
                    break;
                case "copy":
                    byte[] content = File.ReadAllBytes(file);
                    File.WriteAllBytes(Target(directory, operation), operation.TryGetProperty("first_bytes", out JsonElement first) ? content[..first.GetInt32()] : content);
                    break;
                case "move":
                    File.Move(file, Target(directory, operation));
                    break;
                case var other:
                    throw new InvalidOperationException($"{other} is no damage that is known here.");
            }
        }
    }

    private static string Target(string directory, JsonElement operation)
    {
        string target = Path.Combine(directory, operation.GetProperty("to").GetString()!);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        return target;
    }

    private static void Resize(string file, long length)
    {
        using FileStream stream = File.OpenWrite(file);
        stream.SetLength(length);
    }

    private static void Overwrite(string file, long offset, byte[] bytes)
    {
        using FileStream stream = File.OpenWrite(file);
        stream.Position = offset;
        stream.Write(bytes);
    }

    private static byte[] Hex(JsonElement operation) => Convert.FromHexString(operation.GetProperty("hex").GetString()!);
}

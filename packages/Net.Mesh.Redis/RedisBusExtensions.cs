using Net.Mesh.Redis;

namespace Net.Mesh;

/// <summary>Puts Redis Streams under an event bus.</summary>
public static class RedisBusExtensions
{
    /// <summary>Keeps events in Redis Streams.</summary>
    /// <param name="builder">The bus.</param>
    /// <param name="url">See <see cref="RedisAdapterOptions.Url"/>, for example <c>localhost:6379</c>.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public static EventBusBuilder UseRedis(this EventBusBuilder builder, string url) => builder.UseRedis(new RedisAdapterOptions(url));

    /// <summary>Keeps events in Redis Streams.</summary>
    /// <param name="builder">The bus.</param>
    /// <param name="options">Where and how.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public static EventBusBuilder UseRedis(this EventBusBuilder builder, RedisAdapterOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseAdapter(new RedisEventAdapter(options));
    }

    /// <summary>Keeps events in Redis Streams.</summary>
    /// <param name="builder">What <c>AddNetMesh</c> returned.</param>
    /// <param name="url">See <see cref="RedisAdapterOptions.Url"/>, for example <c>localhost:6379</c>.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public static NetMeshBuilder UseRedis(this NetMeshBuilder builder, string url) => builder.UseRedis(new RedisAdapterOptions(url));

    /// <summary>Keeps events in Redis Streams.</summary>
    /// <param name="builder">What <c>AddNetMesh</c> returned.</param>
    /// <param name="options">Where and how.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public static NetMeshBuilder UseRedis(this NetMeshBuilder builder, RedisAdapterOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        return builder.UseAdapter(_ => new RedisEventAdapter(options));
    }
}

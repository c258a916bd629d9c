using Net.Mesh.Cortex.Codecs;

namespace Net.Mesh.Cortex;

public static partial class Postcard
{
    /// <summary>A codec of two methods.</summary>
    public static PostcardCodec<T> Create<T>(PostcardWrite<T> write, PostcardRead<T> tryRead)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(tryRead);
        return new DelegateCodec<T>(write, tryRead);
    }

    /// <summary><c>Option</c> of a value type.</summary>
    public static PostcardCodec<T?> Optional<T>(PostcardCodec<T> value)
        where T : struct => new OptionalValueCodec<T>(Needed(value));

    /// <summary><c>Option</c> of a reference type.</summary>
    public static PostcardCodec<T?> OptionalReference<T>(PostcardCodec<T> value)
        where T : class => new OptionalReferenceCodec<T>(Needed(value));

    /// <summary><c>Vec</c>: the count, then the elements, each of which has to take a byte or more.</summary>
    public static PostcardCodec<IReadOnlyList<T>> List<T>(PostcardCodec<T> element) => new ListCodec<T>(Needed(element));

    /// <summary><c>Vec</c> as an array.</summary>
    public static PostcardCodec<T[]> Array<T>(PostcardCodec<T> element) => List(element).Select<IReadOnlyList<T>, T[]>(list => [.. list], array => array);

    /// <summary>A map: the count, then key and value of each entry in any order. When a key comes twice, the last wins.</summary>
    public static PostcardCodec<IReadOnlyDictionary<TKey, TValue>> Dictionary<TKey, TValue>(PostcardCodec<TKey> key, PostcardCodec<TValue> value)
        where TKey : notnull => new DictionaryCodec<TKey, TValue>(Needed(key), Needed(value));

    /// <summary>A tuple of two.</summary>
    public static PostcardCodec<(T1, T2)> Tuple<T1, T2>(PostcardCodec<T1> first, PostcardCodec<T2> second) =>
        new TupleCodec<T1, T2>(Needed(first), Needed(second));

    /// <summary>A tuple of three.</summary>
    public static PostcardCodec<(T1, T2, T3)> Tuple<T1, T2, T3>(PostcardCodec<T1> first, PostcardCodec<T2> second, PostcardCodec<T3> third) =>
        Tuple(first, Tuple(second, third)).Select(t => (t.Item1, t.Item2.Item1, t.Item2.Item2), t => (t.Item1, (t.Item2, t.Item3)));

    /// <summary>A tuple of four. Longer ones read better as a type of their own.</summary>
    public static PostcardCodec<(T1, T2, T3, T4)> Tuple<T1, T2, T3, T4>(
        PostcardCodec<T1> first, PostcardCodec<T2> second, PostcardCodec<T3> third, PostcardCodec<T4> fourth) =>
        Tuple(Tuple(first, second), Tuple(third, fourth)).Select(
            t => (t.Item1.Item1, t.Item1.Item2, t.Item2.Item1, t.Item2.Item2), t => ((t.Item1, t.Item2), (t.Item3, t.Item4)));

    /// <summary>
    /// An enum without fields: the index of the variant, counted from 0 in the order of the values. A value that has no name is
    /// refused, both ways.
    /// </summary>
    public static PostcardCodec<TEnum> Enum<TEnum>()
        where TEnum : struct, Enum => new EnumCodec<TEnum>();

    /// <summary>An enum whose variants have fields: the index of the variant, then what its codec writes.</summary>
    /// <typeparam name="TBase">What the variants derive from.</typeparam>
    /// <param name="variants">In the order of the reference's enum; see <see cref="Variant{TBase, T}"/>.</param>
    public static PostcardCodec<TBase> Union<TBase>(params IReadOnlyList<PostcardVariant<TBase>> variants)
        where TBase : notnull
    {
        ArgumentNullException.ThrowIfNull(variants);
        return new UnionCodec<TBase>([.. variants]);
    }

    /// <summary>A variant of a <see cref="Union{TBase}"/>.</summary>
    public static PostcardVariant<TBase> Variant<TBase, T>(PostcardCodec<T> codec)
        where TBase : notnull
        where T : TBase => new(typeof(T), Needed(codec));

    /// <summary>Nothing at all: a value that is always the same takes no bytes.</summary>
    public static PostcardCodec<T> Unit<T>(T value) => new UnitCodec<T>(value);

    private static PostcardCodec<T> Needed<T>(PostcardCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        return codec;
    }
}
